"""Which model serves, for every order and every damage that `segment-model` may have."""

from __future__ import annotations

import msgspec
import pytest

from stream.core.segment_model import SegmentModel
from stream.core.serving import rollout_bucket
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.promotions import SERVING_KEY, promotion_record
from stream.wire.published_models import PublishedModels
from stream.wire.segment_models import dump_segment_model, model_message
from tests.core.builders import word_model

Record = tuple[bytes | None, bytes | None]


def of(version: int) -> Record:
    """A model's record."""
    message = model_message(word_model(version=version))
    return message.key, message.value


def tampered(version: int) -> Record:
    """A model's record, with an id changed after hashing."""
    return str(version).encode(), (of(version)[1] or b"").replace(b'"s-0001"', b'"s-0009"')


def gone(version: int) -> Record:
    """A model's tombstone."""
    return str(version).encode(), None


def serve(version: int, previous: int = 0, ramp_ms: int = 0, status: Status = Status.PROMOTED) -> Record:
    """The record of a promotion of this version, at 1000 ms."""
    decision = Promotion(version, previous, status, Trigger.AUTOMATIC, Cause.REFRESH, 1_000, ramp_ms=ramp_ms)
    return SERVING_KEY, msgspec.json.encode(promotion_record(decision))


def published(*records: Record, before: PublishedModels | None = None) -> PublishedModels:
    """After these records, on top of those `before`."""
    models = before or PublishedModels()
    for record in records:
        models.take(*record)
    return models


RAMP = serve(2, 1, ramp_ms=60_000)  # promoted at 1000 ms


@pytest.mark.parametrize(("written_ms", "begins_ms"), [(5_000, 5_000), (1_000, 1_000), (400, 1_000), (0, 1_000)])
def test_a_rollout_starts_when_the_promotion_is_written_or_at_its_own_later_time(
    written_ms: int, begins_ms: int
) -> None:
    models = published(of(1), serve(1), of(2))
    models.take(*RAMP, written_ms=written_ms)
    serving = models.serving
    assert serving is not None
    assert (serving.since_ms, serving.ramp_ms) == (begins_ms, 60_000)
    #  even hours after the samples no user has switched at the start; half have in the middle
    names = [f"user-{number}" for number in range(200)]
    passed = [sum(serving.model_for(name, begins_ms + at).version == 2 for name in names) for at in (0, 30_000)]
    assert passed == [0, sum(rollout_bucket(name, 2) < 0.5 for name in names)]


def test_every_reader_of_the_topic_starts_the_rollout_at_the_same_time() -> None:
    log = [(*of(1), 10), (*serve(1), 20), (*of(2), 6_000), (*RAMP, 7_000), (*of(3), 9_000)]
    whole, compacted = PublishedModels(), PublishedModels()
    for record in log:
        whole.take(*record)
    for record in (log[0], log[2], log[4], log[3]):  # a model that comes later changes nothing
        compacted.take(*record)
    assert whole.serving is not None
    assert compacted.serving is not None
    assert whole.serving.since_ms == compacted.serving.since_ms == 7_000


def test_an_unreadable_promotion_does_not_move_the_rollout() -> None:
    models = published(of(1), of(2))
    models.take(*RAMP, written_ms=7_000)
    models.take(SERVING_KEY, b"{}", 99_000)
    assert models.serving is not None
    assert models.serving.since_ms == 7_000


def version(models: PublishedModels) -> int | None:
    return models.serving.model.version if models.serving else None


@pytest.mark.parametrize(
    ("records", "serves"),
    [
        ([], None),
        ([of(1)], None),
        ([serve(1)], None),
        ([of(1), serve(1)], 1),
        ([serve(1), of(1)], 1),
        ([of(1), serve(1), of(2)], 1),
        ([of(1), serve(1), of(2), serve(2, 1)], 2),
        ([of(1), serve(1), of(2), serve(2, 1), serve(1, 2, status=Status.ROLLED_BACK)], 1),
        ([of(1), of(2), serve(2, 1), gone(1)], 2),
        ([of(1), serve(1), serve(2, 1)], 1),
        ([of(1), serve(1), serve(2, 1), of(2)], 2),
        ([of(1), serve(1), tampered(2), serve(2, 1)], 1),
        ([of(1), tampered(2), serve(2, 1)], 1),
        ([tampered(1), serve(1)], None),
        ([tampered(1), serve(2, 1)], None),
        ([of(1), serve(1), tampered(1)], 1),
        ([of(1), serve(1), gone(1)], 1),
        ([of(1), serve(1), (SERVING_KEY, b"{}")], 1),
        ([of(1), serve(1), (SERVING_KEY, None)], 1),
    ],
    ids=[
        "nothing",
        "a model without promotion",
        "a promotion without model",
        "a model and its promotion",
        "promotion first",
        "a candidate",
        "promoted",
        "rolled back",
        "compacted",
        "named model not there",
        "named model comes later",
        "named model tampered",
        "named model tampered at a fresh start",
        "the only model tampered",
        "both models missing at a fresh start",
        "tampered while it serves",
        "dropped while it serves",
        "unreadable promotion",
        "promotion dropped",
    ],
)
def test_the_serving_model_after_each_log(records: list[Record], serves: int | None) -> None:
    assert version(published(*records)) == serves


@pytest.mark.parametrize("last", range(2, 12))
def test_after_each_of_ten_promotions_the_last_serves(last: int) -> None:
    records = [record for v in range(1, last) for record in (of(v), serve(v, v - 1))]
    assert version(published(*records)) == last - 1


def test_a_compacted_log_has_the_same_serving_model() -> None:
    whole = [record for v in range(1, 11) for record in (of(v), serve(v, v - 1))]
    compacted = [*(of(v) for v in range(1, 11)), serve(10, 9)]
    assert version(published(*whole)) == version(published(*compacted)) == 10


def test_during_a_rollout_the_previous_model_is_there_too() -> None:
    serving = published(of(1), serve(1), of(2), serve(2, 1, ramp_ms=60_000)).serving
    assert serving is not None
    assert serving.previous is not None
    assert (serving.model.version, serving.previous.version) == (2, 1)
    assert (serving.since_ms, serving.ramp_ms) == (1_000, 60_000)


@pytest.mark.parametrize(
    "records",
    [
        [of(1), of(2), serve(2, 1)],
        [of(2), serve(2, 1, ramp_ms=60_000)],
        [of(1), of(2), serve(2, 1, ramp_ms=60_000), gone(1)],
        [tampered(1), of(2), serve(2, 1, ramp_ms=60_000)],
        [of(1), serve(1, 0, ramp_ms=60_000)],
    ],
    ids=["at once", "previous not there", "previous dropped", "previous tampered", "the first model"],
)
def test_without_a_ramp_or_a_previous_model_every_user_switches_at_once(records: list[Record]) -> None:
    serving = published(*records).serving
    assert serving is not None
    assert (serving.previous, serving.ramp_ms) == (None, 0)


def test_an_unread_promoted_model_leaves_the_running_rollout() -> None:
    before = published(of(1), of(2), serve(2, 1, ramp_ms=60_000))
    serving = before.serving
    assert published(serve(3, 2), before=before).serving is serving


def test_a_candidate_does_not_change_the_serving_model() -> None:
    models = published(of(1), serve(1))
    model = models.serving.model if models.serving else None
    models.take(*of(2))
    assert models.serving is not None
    assert models.serving.model is model


def test_a_model_that_does_not_fit_never_serves() -> None:
    def fits(model: SegmentModel) -> bool:
        return model.version != 2

    old = published(of(1), serve(1), of(2), serve(2, 1), before=PublishedModels(fits))
    new = published(of(2), serve(2), before=PublishedModels(fits))
    assert (version(old), version(new)) == (1, None)
    assert version(published(of(3), serve(3, 2, ramp_ms=60_000), before=new)) == 3
    assert new.serving is not None
    assert new.serving.previous is None


def test_a_tombstone_drops_a_model_from_memory() -> None:
    models = published(of(1), of(2), tampered(3), gone(1), gone(3), gone(4))
    assert (set(models.models), models.refused) == ({2}, {})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (tampered(7), "does not match its sha256"),
        ((b"7", b"not JSON"), "not a segment model"),
        ((b"7", dump_segment_model(word_model(version=8))), "under the key 7 lies a segment model of version 8"),
        ((b"seven", of(7)[1]), "its key is b'seven', expected a version or b'serving'"),
        ((None, of(7)[1]), "its key is None"),
        ((SERVING_KEY, b"{}"), "not a promotion of the serving model"),
    ],
    ids=["tampered", "damaged", "another version", "another key", "no key", "no promotion"],
)
def test_a_refused_record_returns_its_reason(record: Record, reason: str) -> None:
    models = PublishedModels()
    assert reason in (models.take(*record) or "")
    assert models.models == {}
    assert all(reason in refused for refused in models.refused.values())


def test_an_accepted_record_returns_no_reason() -> None:
    models = PublishedModels()
    assert [models.take(*record) for record in (of(1), serve(1), gone(1))] == [None, None, None]


def test_a_refused_version_that_is_published_again_is_accepted() -> None:
    models = published(tampered(1), serve(1), of(1))
    assert (models.refused, version(models)) == ({}, 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"serving", b'{"x":' + b"[" * 100_000),
        (b"1", b'{"x":' + b"[" * 100_000),
        (b"9" * 5_000, b"{}"),
        (b"9" * 5_000, None),
        ("\u0663".encode(), b"{}"),
        (b"\xff", b"\xff"),
        (b"", None),
        (None, None),
    ],
    ids=["deep promotion", "deep model", "long key", "long key's tombstone", "other digits", "bytes", "empty", "null"],
)
def test_no_record_of_a_stranger_stops_a_reader_or_moves_what_serves(key: bytes | None, value: bytes | None) -> None:
    models = published(of(2), serve(2))
    assert models.take(key, value) is not None
    assert version(models) == 2
