"""Unusable encoder folders are refused with the fault and its remedy, before a worker connects."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import (
    FP16_MODEL,
    LABELS,
    MANIFEST,
    MODEL,
    TOKENIZER,
    EncoderError,
    EncoderManifest,
    Variant,
    read_encoder_folder,
    read_manifest,
)
from tests.cli.command_line import run

pytest.importorskip("onnx")
from tests.golden.tiny_encoder import (
    DIMENSION,
    FLOAT16,
    INT32,
    MANIFEST_OF_TINY,
    WORDS,
    Graph,
    sign,
    tokenizer,
    write_encoder,
)

replaced = msgspec.structs.replace
EXPORT_AGAIN = "export the model again"


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder") / "right")


@pytest.fixture
def folder(right: Path, tmp_path: Path) -> Path:
    """A copy of the right folder, to be spoilt."""
    return Path(shutil.copytree(right, tmp_path / "model"))


def spoil_manifest(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def refusal(folder: Path) -> str:
    with pytest.raises(EncoderError) as refused:
        OnnxEncoder(folder)
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, MANIFEST])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert re.search(f"no {re.escape(name)} in .*export.*SEGUE_ENCODER", refusal(folder))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no manifest.json in" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, LABELS, FP16_MODEL])
def test_a_file_that_was_changed_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"as it was")
    sign(folder)
    (folder / name).write_bytes(b"something else")
    assert f"{name} is not the file its manifest describes: sha256" in refusal(folder)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER, LABELS, FP16_MODEL])
def test_a_file_without_a_digest_is_refused(folder: Path, name: str) -> None:
    (folder / name).touch()
    digests = read_manifest(folder).sha256
    spoil_manifest(folder, sha256={other: digest for other, digest in digests.items() if other != name})
    assert f"no sha256 for {name}; {EXPORT_AGAIN}" in refusal(folder)


def test_labels_that_the_manifest_names_must_be_there(folder: Path) -> None:
    (folder / LABELS).touch()
    sign(folder)
    (folder / LABELS).unlink()
    assert f"no {LABELS} in" in refusal(folder)


def test_the_fp16_model_may_be_left_out(folder: Path) -> None:
    (folder / FP16_MODEL).touch()
    sign(folder)
    (folder / FP16_MODEL).unlink()
    assert read_encoder_folder(folder).version_of(MODEL) == OnnxEncoder(folder).version


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "can not be read"),
        (b"\xff", "can not be read"),
        (b'{"name": "x"}', "missing required field"),
    ],
)
def test_an_unreadable_manifest_is_refused(folder: Path, content: bytes, says: str) -> None:
    (folder / MANIFEST).write_bytes(content)
    assert re.search(f"{says}.*; {EXPORT_AGAIN}", refusal(folder))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text_step": {"name": "behaviour-9"}}, "'behaviour-9' is not known here, known are none, behaviour-1"),
        ({"text_step": {"name": "behaviour-1", "options": {"loud": True}}}, "behaviour-1 has no option loud"),
        ({"text_step": {"name": "behaviour-1", "options": {"html": "yes"}}}, "Expected `bool`, got `str`"),
        ({"length": "longest"}, "Invalid enum value 'longest'"),
        ({"field_of_a_newer_segue": 1}, "unknown field `field_of_a_newer_segue`"),
        ({"sha256": {"../secret": "0" * 64}}, "matching regex"),
    ],
)
def test_unknown_fields_and_values_are_refused(folder: Path, changes: dict[str, Any], says: str) -> None:
    spoil_manifest(folder, **changes)
    message = refusal(folder)
    assert says in message
    assert message.endswith("export the model again, or, if a newer Segue made it, upgrade Segue")


def test_optional_fields_of_a_manifest_have_defaults(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for name in ("text_step", "length", "data_sha256", "seed", "variants"):
        del manifest[name]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    read = read_manifest(folder)
    assert (read.text_step, read.length, read.variants) == (TextStep("none"), "unit", {})
    assert OnnxEncoder(folder).encode(["milk bread"]).shape == (1, DIMENSION)


def test_a_manifest_is_read_as_it_was_written(folder: Path) -> None:
    variant = Variant(cosine_mean=0.99, cosine_min=0.95, size_bytes=7, texts_per_s={"8": 900.5})
    manifest = replaced(
        MANIFEST_OF_TINY,
        text_step=TextStep("behaviour-1", {"lower": False}),
        length="learned",
        data_sha256="0f",
        seed=3,
        variants={"int8": variant},
    )
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    assert read_manifest(folder) == manifest


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not a model", Graph().model()[:300], Graph().model()[:-1], b"\x00" * 1000],
    ids=["empty", "another kind", "cut", "cut by a byte", "zeros"],
)
def test_a_model_that_can_not_be_loaded_is_refused(tmp_path: Path, content: bytes) -> None:
    message = refusal(write_encoder(tmp_path / "model", {MODEL: content}))
    assert f"{MODEL} is not a model that ONNX Runtime" in message
    assert EXPORT_AGAIN in message


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", tokenizer().to_str().encode()[:100]])
def test_a_tokenizer_that_can_not_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    message = refusal(write_encoder(tmp_path / "model", {TOKENIZER: content}))
    assert f"{TOKENIZER} is not a tokenizer" in message
    assert EXPORT_AGAIN in message


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        (
            Graph(inputs=("input_ids",)),
            "takes input_ids tensor(int64), expected attention_mask tensor(int64), input_ids",
        ),
        (Graph(inputs=("ids", "mask")), "takes ids tensor(int64), mask tensor(int64), expected"),
        (Graph(inputs=("input_ids", "token_type_ids", "attention_mask")), "token_type_ids tensor(int64), expected"),
        (Graph(id_type=INT32), "takes attention_mask tensor(int32), input_ids tensor(int32), expected"),
        (Graph(out_type=FLOAT16), "gives vectors tensor(float16), expected one tensor(float)"),
        (Graph(second_output=True), "gives hidden tensor(float), vectors tensor(float), expected one"),
        (Graph(pooled=False, out_shape=("n", "tokens", DIMENSION)), "gives an output of shape ['n', 'tokens', 6]"),
        (Graph(pooled=False, out_shape=None), "gives an output of shape ['n', None, 6]"),
        (Graph(squeezed=True, out_shape=None), "gives (6,) for one text, expected (1, 6)"),
        (Graph(unit=False), "its manifest says unit length"),
        (Graph(n_rows=len(WORDS) - 1), f"can not be run, where {TOKENIZER} has token ids up to {len(WORDS) - 1}"),
        (Graph(n_positions=15), "can not be run, where the manifest has max_tokens 16"),
    ],
)
def test_a_model_of_another_shape_is_refused(tmp_path: Path, graph: Graph, says: str) -> None:
    message = refusal(write_encoder(tmp_path / "model", graph=graph))
    assert says in message
    assert EXPORT_AGAIN in message


@pytest.mark.parametrize("declared", [("n", DIMENSION), ("n", "d"), None])
def test_a_dimension_that_disagrees_is_refused(tmp_path: Path, declared: tuple[int | str, ...] | None) -> None:
    folder = write_encoder(
        tmp_path / "model", manifest=replaced(MANIFEST_OF_TINY, dimension=99), graph=Graph(out_shape=declared)
    )
    assert f"gives {DIMENSION} dimensions, its manifest says 99" in refusal(folder)


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({MODEL: Graph().model()[:300]}, MANIFEST_OF_TINY),
        ({TOKENIZER: b"{}"}, MANIFEST_OF_TINY),
        ({}, replaced(MANIFEST_OF_TINY, dimension=99)),
    ],
    ids=["model", "tokenizer", "dimension"],
)
@pytest.mark.parametrize("verb", ["worker", "replay"])
def test_a_verb_prints_the_fault_before_it_connects(
    tmp_path: Path, files: dict[str, bytes], manifest: EncoderManifest, verb: str
) -> None:
    folder = write_encoder(tmp_path / "model", files, manifest)
    (tmp_path / "events").write_text('{"user_id": "7", "text": "red shoes", "timestamp": 1767225600000}')
    arguments = {"worker": ["--bootstrap-servers", "127.0.0.1:1"], "replay": ["events"]}[verb]
    ended = run(tmp_path, verb, *arguments, "--encoder", str(folder))
    assert ended.exit_code == 1
    assert ended.output.startswith(f"Error: {folder}")
    assert EXPORT_AGAIN in ended.output
