from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pytest

from stream.core.segment_model import SegmentModel
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import (
    SegmentModelError,
    dump_segment_model,
    load_segment_model,
    model_message,
    retraction_message,
)
from tests.core.builders import word_model
from tests.core.planted import bits
from tests.wire.described import DESCRIPTIONS

RNG = np.random.default_rng(11)
PLAIN = word_model()
MODEL = replace(
    PLAIN,
    version=7,
    scaler=replace(
        PLAIN.scaler,
        explicit_mean=RNG.normal(size=len(PLAIN.features)),
        semantic_mean=RNG.normal(size=4).astype(np.float32),
        semantic_prior=0.1 + 0.2,
    ),
    thresholds=RNG.uniform(size=3),
    made_ms=1_700_000_000_000,
    objective=0.1 + 0.2,
    descriptions=DESCRIPTIONS,
)


def changed(change: Callable[[dict[str, Any]], None], seal: bool = True) -> bytes:
    """The document of MODEL with its model changed and, if `seal`, the hash made again to match."""
    envelope = msgspec.json.decode(dump_segment_model(MODEL))
    change(envelope["model"])
    body = msgspec.json.encode(envelope["model"])
    if seal:
        envelope["sha256"] = sha256(body).hexdigest()
    return msgspec.json.encode(envelope)


def test_a_segment_model_comes_back_to_the_last_bit() -> None:
    again = load_segment_model(dump_segment_model(MODEL))
    assert bits(again) == bits(MODEL)
    for field in ("centroids", "thresholds"):
        assert getattr(again, field).dtype == getattr(MODEL, field).dtype


def test_the_same_model_gives_the_same_bytes() -> None:
    document = dump_segment_model(MODEL)
    assert dump_segment_model(MODEL) == document
    assert dump_segment_model(load_segment_model(document)) == document


def test_a_loaded_model_has_writable_arrays() -> None:
    again = load_segment_model(dump_segment_model(MODEL))
    assert (again.centroids + 1).shape == MODEL.centroids.shape
    assert again.name_of("s-0001") == "milk"


def test_the_document_is_plain_json_with_format_and_hash() -> None:
    envelope = msgspec.json.decode(dump_segment_model(MODEL))
    body = dump_segment_model(MODEL).partition(b'"model":')[2][:-1]
    centroids = envelope["model"]["centroids"]
    assert envelope["format"] == 1
    assert envelope["sha256"] == sha256(body).hexdigest()
    assert (centroids["dtype"], centroids["shape"]) == ("<f4", list(MODEL.centroids.shape))
    assert base64.b64decode(centroids["data"]) == MODEL.centroids.astype("<f4").tobytes()
    assert {f.name for f in fields(SegmentModel)} - {"scaler"} <= envelope["model"].keys()


def move_a_threshold(model: dict[str, Any]) -> None:
    data = bytearray(base64.b64decode(model["thresholds"]["data"]))
    data[0] ^= 1
    model["thresholds"]["data"] = base64.b64encode(data).decode()


def test_an_altered_model_is_refused_by_its_hash() -> None:
    with pytest.raises(SegmentModelError, match="does not match its sha256"):
        load_segment_model(changed(move_a_threshold, seal=False))
    assert load_segment_model(changed(move_a_threshold)).thresholds[0] != MODEL.thresholds[0]


def test_an_altered_hash_is_refused() -> None:
    document = dump_segment_model(MODEL)
    at = document.index(b'"sha256":"') + 10
    other = b"0" if document[at : at + 1] != b"0" else b"1"
    with pytest.raises(SegmentModelError, match="does not match its sha256"):
        load_segment_model(document[:at] + other + document[at + 1 :])


@pytest.mark.parametrize(
    ("other", "message"),
    [(2, "of format 2, this Segue reads format 1: upgrade Segue"), (0, "expected format 1, got 0")],
)
def test_another_format_is_refused(other: int, message: str) -> None:
    document = dump_segment_model(MODEL).replace(b'"format":1', b'"format":%d' % other, 1)
    with pytest.raises(SegmentModelError, match=message):
        load_segment_model(document)


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff\xfe", b"not JSON", dump_segment_model(MODEL)[:-9]])
def test_other_bytes_are_refused(document: bytes) -> None:
    with pytest.raises(SegmentModelError, match="segment model"):
        load_segment_model(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.pop("ids"),
        lambda model: model.update(version="seven"),
        lambda model: model["centroids"].update(shape=[3, 3]),
        lambda model: model["centroids"].update(data="AAA="),
        lambda model: model["centroids"].update(data="!"),
        lambda model: model["centroids"].update(dtype="<f5"),
        lambda model: model.update(ids=["s-0001"]),
    ],
    ids=["field missing", "wrong type", "wrong shape", "too few numbers", "not base64", "unknown dtype", "too few ids"],
)
def test_a_damaged_model_is_refused_even_when_its_hash_matches(change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(SegmentModelError, match="segment model"):
        load_segment_model(changed(change))


def test_the_key_on_the_topic_is_the_version() -> None:
    message = model_message(MODEL)
    assert (message.topic, message.key) == ("segment-model", b"7")
    assert message.headers == [("content-type", b"application/json")]
    assert bits(load_segment_model(message.value or b"")) == bits(MODEL)


def test_a_retraction_is_a_tombstone() -> None:
    assert retraction_message(7) == ProducerRecord("segment-model", b"7", None, [])
