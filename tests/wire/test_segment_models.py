from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pytest

from stream.core.segment_model import Description, SegmentModel
from stream.wire.segment_models import (
    CatalogueEntry,
    SegmentModelError,
    catalogue_messages,
    dump_segment_model,
    load_segment_model,
    model_message,
    retraction_message,
)
from tests.core.builders import segments
from tests.core.planted import bits

RNG = np.random.default_rng(11)
PLAIN = segments()
MODEL = replace(
    PLAIN,
    version=7,
    scaler=replace(
        PLAIN.scaler,
        explicit_mean=RNG.normal(size=len(PLAIN.features)),
        semantic_mean=RNG.normal(size=4).astype(np.float32),
        semantic_scale=0.1 + 0.2,
    ),
    thresholds=RNG.uniform(size=3),
    made_ms=1_700_000_000_000,
    objective=0.1 + 0.2,
    descriptions=(
        Description(
            "milk", ("milk", "牛奶"), 12, 1 / 3, 0.25, (("recency", -1.5), ("share_view", 0.5)), trend=-0.1, rare=True,
            edited=True, effective_size=9.5, typical=("ann", "李娜"), boundary=("bob",),
        ),
        Description("bread, \"rolls\""),
        Description("shoes"),
    ),
)  # fmt: skip


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


def test_what_was_loaded_can_be_computed_with() -> None:
    again = load_segment_model(dump_segment_model(MODEL))
    assert (again.centroids + 1).shape == MODEL.centroids.shape
    assert again.name_of("s-0001") == "milk"


def test_the_document_says_what_it_is_in_plain_json() -> None:
    envelope = msgspec.json.decode(dump_segment_model(MODEL))
    body = dump_segment_model(MODEL).partition(b'"model":')[2][:-1]
    centroids = envelope["model"]["centroids"]
    assert envelope["format"] == 2
    assert envelope["sha256"] == sha256(body).hexdigest()
    assert (centroids["dtype"], centroids["shape"]) == ("<f4", list(MODEL.centroids.shape))
    assert base64.b64decode(centroids["data"]) == MODEL.centroids.astype("<f4").tobytes()
    assert {f.name for f in fields(SegmentModel)} - {"scaler"} <= envelope["model"].keys()


def move_a_threshold(model: dict[str, Any]) -> None:
    data = bytearray(base64.b64decode(model["thresholds"]["data"]))
    data[0] ^= 1
    model["thresholds"]["data"] = base64.b64encode(data).decode()


def test_an_altered_model_is_refused_and_only_the_hash_shows_it() -> None:
    with pytest.raises(SegmentModelError, match="does not match its sha256"):
        load_segment_model(changed(move_a_threshold, seal=False))
    assert load_segment_model(changed(move_a_threshold)).thresholds[0] != MODEL.thresholds[0]


def test_an_altered_hash_is_refused() -> None:
    document = dump_segment_model(MODEL)
    at = document.index(b'"sha256":"') + 10
    other = b"0" if document[at : at + 1] != b"0" else b"1"
    with pytest.raises(SegmentModelError, match="does not match its sha256"):
        load_segment_model(document[:at] + other + document[at + 1 :])


@pytest.mark.parametrize("other", [0, 3])
def test_another_format_is_refused(other: int) -> None:
    document = dump_segment_model(MODEL).replace(b'"format":2', b'"format":%d' % other, 1)
    with pytest.raises(SegmentModelError, match=f"of format {other}, this Segue reads up to 2"):
        load_segment_model(document)


def test_a_model_of_format_1_still_serves() -> None:
    def as_it_was(model: dict[str, Any]) -> None:
        del model["made_ms"], model["objective"]
        for described in model["descriptions"]:
            for name in ("trend", "rare", "edited", "effective_size", "typical", "boundary"):
                del described[name]

    again = load_segment_model(changed(as_it_was).replace(b'"format":2', b'"format":1', 1))
    plain = (Description(d.name, d.terms, d.size, d.share, d.cohesion, d.features) for d in MODEL.descriptions)
    assert bits(again) == bits(replace(MODEL, made_ms=0, objective=0.0, descriptions=tuple(plain)))


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff\xfe", b"not JSON", dump_segment_model(MODEL)[:-9]])
def test_what_is_no_segment_model_is_refused(document: bytes) -> None:
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


def test_on_its_topic_the_key_is_the_version() -> None:
    message = model_message(MODEL)
    assert (message.topic, message.key, message.headers) == ("segment-model", b"7", [])
    assert bits(load_segment_model(message.value or b"")) == bits(MODEL)


def test_a_model_is_taken_off_its_topic_by_a_tombstone() -> None:
    assert retraction_message(7) == ("segment-model", b"7", None, [])


def test_the_catalogue_has_an_entry_for_each_segment() -> None:
    messages = catalogue_messages(MODEL)
    assert [(m.topic, m.key) for m in messages] == [("segments", i.encode()) for i in MODEL.ids]
    assert msgspec.json.decode(messages[0].value or b"") == {
        "id": "s-0001",
        "segment_model": 7,
        "description": {
            "name": "milk", "terms": ["milk", "牛奶"], "size": 12, "share": 1 / 3, "cohesion": 0.25,
            "features": [["recency", -1.5], ["share_view", 0.5]], "trend": -0.1, "rare": True, "edited": True,
            "effective_size": 9.5, "typical": ["ann", "李娜"], "boundary": ["bob"],
        },
        "retired": False,
    }  # fmt: skip


def test_the_catalogue_has_a_last_entry_for_each_segment_that_is_gone_and_it_names_nobody() -> None:
    now = replace(MODEL, version=9, ids=("s-0002", "s-0003", "s-0009"))
    messages = catalogue_messages(now, MODEL)
    assert [(m.topic, m.key) for m in messages] == [("segments", i.encode()) for i in (*now.ids, "s-0001")]
    entries = [msgspec.json.decode(m.value or b"", type=CatalogueEntry) for m in messages]
    assert [(e.segment_model, e.retired) for e in entries] == [(9, False), (9, False), (9, False), (7, True)]
    assert entries[-1].description == replace(MODEL.descriptions[0], typical=(), boundary=())
