"""Measurements against hand-worked figures; every violated bound is named."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tokenizers import Tokenizer

from export.errors import VerificationError
from export.package.bounds import VARIANT_BOUNDS, Bounds, Verification, raise_on_violations, violations
from export.package.manifest import write_manifest
from export.package.speed import long_texts
from export.package.variants import verify_variant, verify_variants
from export.package.verify import ReferenceVectors, check_batch_invariance, compare
from export.texts import add_shortest_word
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL, MODEL, TOKENIZER, read_manifest

NAN = float("nan")


def rows(*values: Sequence[float]) -> np.ndarray:
    return np.array(values, np.float32)


def test_directions_and_lengths_are_compared_apart() -> None:
    got = compare(rows((0.5, 0.0), (0.0, 0.8)), rows((1.0, 0.0), (0.6, 0.8)))

    assert (got.cosine_mean, got.cosine_min) == (0.9, 0.8)
    assert got.length_error_max == 0.5


def test_the_error_of_a_short_vector_is_relative_to_a_tenth() -> None:
    assert compare(rows((0.02, 0.0)), rows((0.01, 0.0))).length_error_max == pytest.approx(0.1)


def test_a_zero_vector_agrees_with_a_zero_vector_only() -> None:
    assert compare(rows((0, 0)), rows((0, 0))).cosine_min == 1.0
    assert compare(rows((0, 0)), rows((0, 1))).cosine_min == 0.0


@pytest.mark.parametrize("name", ["cosine_mean", "cosine_min", "length_error_max"])
def test_nan_violates_the_bound_of_its_measurement(name: str) -> None:
    good: dict[str, float] = {"cosine_mean": 1.0, "cosine_min": 1.0, "length_error_max": 0.0}
    got = Verification(n_texts=1, texts_per_s=1.0, size_bytes=1, **(good | {name: NAN}))

    assert [sentence.split()[0] for sentence in violations(got, Bounds())] == [name]


def test_every_violated_bound_is_named() -> None:
    found = violations(Verification(9, 0.5, 0.4, 0.9, 1.0, 10**9), Bounds())

    assert [sentence.split()[0] for sentence in found] == [
        "cosine_mean",
        "cosine_min",
        "length_error_max",
        "size_bytes",
    ]
    with pytest.raises(
        VerificationError, match=r"mine is not good enough: cosine_mean .*; cosine_min .*; length_error_"
    ):
        raise_on_violations("mine", found)


def test_wrong_lengths_are_refused_though_directions_are_right(tiny_encoder: Path, texts: list[str]) -> None:
    vectors = OnnxEncoder(tiny_encoder).encode(texts)

    right, half = ReferenceVectors(texts, vectors), ReferenceVectors(texts, vectors * 0.5)
    assert verify_variant("int8", tiny_encoder, right, VARIANT_BOUNDS["int8"]).violations == []
    (sentence,) = verify_variant("int8", tiny_encoder, half, VARIANT_BOUNDS["int8"]).violations
    assert sentence == "int8 length_error_max 1.0, expected <= 0.2"


def test_every_variant_that_lies_in_a_folder_is_examined(tiny_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_encoder, tmp_path / "tiny"))
    vectors = OnnxEncoder(folder).encode(texts)
    shutil.copy(folder / MODEL, folder / FP16_MODEL)
    manifest = read_manifest(folder)
    digests = manifest.sha256 | {FP16_MODEL: manifest.sha256[MODEL]}
    write_manifest(folder, msgspec.structs.replace(manifest, sha256=digests))

    assert set(verify_variants(folder, None, ReferenceVectors(texts, vectors))) == {"int8", "fp16"}
    with pytest.raises(VerificationError, match=r"int8 cosine_mean .*; fp16 cosine_mean"):
        verify_variants(folder, None, ReferenceVectors(texts, np.roll(vectors, 1, axis=0)))


class Leaning:
    """An encoder whose vectors lean towards the first text of the call."""

    version = "000000000000"
    dimension = 1

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return rows(*((len(text) + len(texts[0]) / 1000,) for text in texts))


def test_an_encoder_whose_vectors_depend_on_the_batch_is_reported(tiny_encoder: Path, texts: list[str]) -> None:
    assert check_batch_invariance(OnnxEncoder(tiny_encoder, cache_texts=0), texts) == []
    (sentence,) = check_batch_invariance(Leaning(), ["milk", "red wine", "bread"])
    assert sentence.startswith("2 of 3 vectors depend on the texts beside them")


def test_the_shortest_text_is_verified_too() -> None:
    assert add_shortest_word(["red wine", "cheap beer"]) == ["red wine", "cheap beer", "red"]
    assert add_shortest_word(["red wine", "red"]) == ["red wine", "red"]
    assert add_shortest_word(["  "]) == ["  "]


@pytest.mark.parametrize("n_tokens", [8, 32])
def test_texts_of_a_speed_are_distinct_and_long_enough(tiny_encoder: Path, texts: list[str], n_tokens: int) -> None:
    tokenizer = Tokenizer.from_file(str(tiny_encoder / TOKENIZER))
    made = long_texts(tokenizer, texts, 20, n_tokens)

    assert len(set(made)) == 20
    assert min(len(tokenizer.encode(text).ids) for text in made) >= n_tokens


def test_empty_texts_can_not_be_made_long(tiny_encoder: Path) -> None:
    with pytest.raises(ValueError, match="empty texts"):
        long_texts(Tokenizer.from_file(str(tiny_encoder / TOKENIZER)), [""], 3, 8)
