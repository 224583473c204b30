"""OnnxEncoder over the model that ships: against torch's vectors, against itself in other company, its refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.adapters.encoder_folder import MANIFEST, MODEL, TOKENIZER, EncoderError
from stream.adapters.onnx_encoder import OnnxEncoder

ROOT = Path(__file__).parents[2]
DEFAULT = ROOT / "models" / "default"
GOLDEN = ROOT / "tests" / "golden" / "minilm_vectors.json"
N_DEMO = 20  # the golden file's first texts are of the kind that the projection was fitted on


@pytest.fixture(scope="module")
def golden() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return rows


@pytest.fixture
def broken_copy(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Copies the default model with one file replaced."""

    def make(name: str, content: bytes) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(DEFAULT, folder)
        (folder / name).write_bytes(content)
        return folder

    return make


def many_texts(golden: list[dict[str, Any]], n: int) -> list[str]:
    """`n` distinct texts of mixed lengths and scripts, from the words of the golden ones."""
    words = [word for row in golden for word in row["text"].split()[:12]]
    rng = np.random.default_rng(7)
    made = {" ".join(rng.choice(words, size)) for size in rng.geometric(0.12, size=2 * n)}
    return [row["text"] for row in golden] + sorted(made)[: n - len(golden)]


def test_vectors_agree_with_torch(golden: list[dict[str, Any]]) -> None:
    expected = np.array([row["vector"] for row in golden], np.float32)
    got = OnnxEncoder(DEFAULT).encode([row["text"] for row in golden])
    cosines = (got * expected).sum(axis=1)

    assert cosines[:N_DEMO].mean() >= 0.99
    assert cosines.mean() >= 0.98
    assert cosines.min() >= 0.95


def test_a_vector_is_the_same_bits_in_any_company(golden: list[dict[str, Any]]) -> None:
    texts = many_texts(golden, 400)
    encoder = OnnxEncoder(DEFAULT, cache_texts=0)
    alone = {text: encoder.encode([text])[0].tobytes() for text in texts}
    rng = np.random.default_rng(3)
    for _ in range(12):
        batch = [texts[i] for i in rng.choice(len(texts), rng.integers(2, 150))]
        for text, vector in zip(batch, encoder.encode(batch), strict=True):
            assert vector.tobytes() == alone[text], text


def test_a_vector_is_the_same_bits_with_any_threads_and_cache(golden: list[dict[str, Any]]) -> None:
    texts = many_texts(golden, 120)
    expected = OnnxEncoder(DEFAULT, threads=1, cache_texts=0).encode(texts)
    warm = OnnxEncoder(DEFAULT, threads=3, cache_texts=40)
    for start in range(0, 120, 30):
        warm.encode(texts[start : start + 50])

    assert warm.encode(texts).tobytes() == expected.tobytes()


def test_equal_texts_are_run_once_and_counted() -> None:
    encoder = OnnxEncoder(DEFAULT)

    encoder.encode(["milk", "bread", "milk"])
    assert (encoder.stats.n_hits, encoder.stats.n_misses, encoder.stats.n_cached) == (1, 2, 2)
    first_s = encoder.stats.encode_s
    assert first_s > 0

    encoder.encode(["bread", "eggs"])
    assert (encoder.stats.n_hits, encoder.stats.n_misses, encoder.stats.n_cached) == (2, 3, 3)
    assert encoder.stats.encode_s > first_s


def test_the_text_longest_unused_leaves_the_cache_first() -> None:
    encoder = OnnxEncoder(DEFAULT, cache_texts=2)
    for text in ("milk", "bread", "milk", "eggs"):
        encoder.encode([text])  # bread leaves when eggs come
    n_misses = encoder.stats.n_misses

    encoder.encode(["milk"])
    assert encoder.stats.n_misses == n_misses
    encoder.encode(["bread"])
    assert encoder.stats.n_misses == n_misses + 1


def test_a_call_larger_than_the_cache_is_answered() -> None:
    encoder = OnnxEncoder(DEFAULT, cache_texts=1)

    assert encoder.encode(["milk", "bread", "eggs"]).shape == (3, encoder.dimension)
    assert encoder.stats.n_cached == 1


def test_threads_may_share_an_encoder() -> None:
    texts = [f"text number {i % 50}" for i in range(200)]
    encoder = OnnxEncoder(DEFAULT, cache_texts=20)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(encoder.encode, [texts[i : i + 50] for i in range(0, 200, 50)]))

    assert all(np.array_equal(result, results[0]) for result in results)
    assert encoder.stats.n_hits + encoder.stats.n_misses == 200


def test_the_version_is_the_start_of_the_models_digest() -> None:
    assert OnnxEncoder(DEFAULT).version == sha256((DEFAULT / MODEL).read_bytes()).hexdigest()[:12]


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MANIFEST])
def test_a_missing_file_is_named(broken_copy: Callable[[str, bytes], Path], name: str) -> None:
    folder = broken_copy(name, b"")
    (folder / name).unlink()

    with pytest.raises(EncoderError, match=f"no {name} in .*export"):
        OnnxEncoder(folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_file_that_was_changed_is_refused(broken_copy: Callable[[str, bytes], Path], name: str) -> None:
    with pytest.raises(EncoderError, match=f"{name} is not the file its manifest describes"):
        OnnxEncoder(broken_copy(name, b"something else"))


def test_a_dimension_that_disagrees_is_refused(broken_copy: Callable[[str, bytes], Path]) -> None:
    manifest = json.loads((DEFAULT / MANIFEST).read_text(encoding="utf-8"))
    folder = broken_copy(MANIFEST, json.dumps(manifest | {"dimension": 99}).encode())

    with pytest.raises(EncoderError, match="gives 128 dimensions, its manifest says 99"):
        OnnxEncoder(folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "can not be read"),
        (b"\xff", "can not be read"),
        (b'{"name": "x"}', "missing required field"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    broken_copy: Callable[[str, bytes], Path], content: bytes, says: str
) -> None:
    with pytest.raises(EncoderError, match=says):
        OnnxEncoder(broken_copy(MANIFEST, content))


def test_a_manifest_without_a_digest_is_refused(broken_copy: Callable[[str, bytes], Path]) -> None:
    manifest = json.loads((DEFAULT / MANIFEST).read_text(encoding="utf-8"))
    folder = broken_copy(MANIFEST, json.dumps(manifest | {"sha256": {}}).encode())

    with pytest.raises(EncoderError, match=r"no sha256 for model\.onnx"):
        OnnxEncoder(folder)


@pytest.mark.parametrize(("cache_texts", "threads"), [(-1, 1), (10, 0)])
def test_settings_that_make_no_sense_are_refused(cache_texts: int, threads: int) -> None:
    with pytest.raises(EncoderError, match="got"):
        OnnxEncoder(DEFAULT, cache_texts=cache_texts, threads=threads)
