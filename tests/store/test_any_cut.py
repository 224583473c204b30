"""The same rows, however records are cut into batches, wherever a writer dies, and in whichever order topics come."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stream.kafka.reader import Read
from stream.store.policy import StorePolicy
from stream.store.store import open_store
from stream.store.writer import StoreWriter
from stream.wire.topics import SEGMENT_CHANGES, SEGMENT_HEALTH
from tests.store.builders import DAY, HOUR, T0, Log
from tests.store.dump import dump, recounted
from tests.store.streams import USERS, Stream

POLICY = StorePolicy(keep_ms=2 * DAY, keep_profiles=2)
ALL_PROFILES = StorePolicy(keep_ms=2 * DAY, keep_profiles=len(USERS))  # which are kept depends on the order of erasures
SEGMENTS = ("s-0001", "s-0002", "unknown", "inactive")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

times = st.integers(0, 5 * 24).map(lambda hour: T0 + hour * HOUR)
users, sequences, segments = st.sampled_from(USERS), st.integers(1, 4), st.sampled_from(SEGMENTS)
parts = st.dictionaries(st.sampled_from(["milk", "bread", "shoes"]), st.floats(-1, 1), max_size=2)
partitions = st.integers(0, 1)
records = st.one_of(
    st.tuples(
        st.just("change"),
        st.fixed_dictionaries(
            {
                "partition": partitions,
                "user": users,
                "sequence": sequences,
                "origin": segments,
                "target": segments,
                "time_ms": times,
                "items": parts,
                "features": parts,
            }
        ),
    ),
    st.tuples(
        st.just("member"),
        st.fixed_dictionaries(
            {"partition": partitions, "user": users, "segment": segments, "sequence": sequences, "since_ms": times}
        ),
    ),
    st.tuples(st.just("erase"), st.fixed_dictionaries({"partition": partitions, "user": users})),
    st.tuples(st.just("moved"), st.fixed_dictionaries({"partition": partitions, "user": users, "to": partitions})),
    st.tuples(st.just("profile"), st.fixed_dictionaries({"partition": partitions, "user": users, "time_ms": times})),
    st.tuples(
        st.just("profile_gone"),
        st.fixed_dictionaries({"partition": partitions, "user": users, "to": st.sampled_from([None, 1])}),
    ),
    st.tuples(st.just("sample"), st.fixed_dictionaries({"user": users, "time_ms": times})),
    st.tuples(st.just("entry"), st.fixed_dictionaries({"segment": segments, "name": st.sampled_from(["A", "B"])})),
    st.tuples(st.just("health"), times),
    st.tuples(st.just("damaged"), st.sampled_from([b"", b"{}", b"\xff", b"[" * 2000, b'{"user": "ann"}'])),
)


def log_of(drawn: list[tuple[str, Any]], equal: list[bool]) -> Log:
    """A log of the drawn records; some are written in the same millisecond as the one before."""
    log = Log()
    for (kind, fields), same in zip(drawn, equal, strict=True):
        log.written_ms -= same
        if kind == "health":
            log.add(SEGMENT_HEALTH, "health", {"time_ms": fields})
        elif kind == "damaged":
            log.add(SEGMENT_CHANGES, "ann", fields)
        else:
            getattr(log, kind)(**fields)
    return log


def applied(path: Path, batches: list[list[Read]], policy: StorePolicy = POLICY) -> dict[str, Any]:
    """Apply the batches, with one writer each, and return all that the store says."""
    for batch in batches:
        writer = StoreWriter(path, policy)
        writer.apply(batch)
        writer.close()
    return dump(path)


@QUICK
@given(st.data())
def test_cuts_repeats_and_crashes_do_not_change_a_row(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(records, min_size=1, max_size=25))
    log = log_of(drawn, data.draw(st.lists(st.booleans(), min_size=len(drawn), max_size=len(drawn))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(drawn)), max_size=4)))
    with TemporaryDirectory() as folder:
        whole = applied(Path(folder) / "whole", [log.reads])
        path, at = Path(folder) / "cut", 0
        for cut in [*cuts, len(drawn)]:
            writer = StoreWriter(path, POLICY)
            if data.draw(st.booleans(), "dies within a batch"):
                with suppress(KeyError):
                    writer.apply([*log.reads[at:cut], log.reads[0]._replace(topic="no such topic", offset=99)])
            writer.apply(log.reads[data.draw(st.integers(0, at), "reads again from") : cut])
            writer.close()
            at = cut
        assert dump(path) == whole
        store = open_store(path)
        again = recounted(store)
        store.close()
        assert {name: whole[name] for name in again} == again


steps = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "again", "erase", "grow"]), users, segments, st.sampled_from(["milk", "bread"])
    ),
    max_size=20,
)


def merged(data: st.DataObject, reads: list[Read]) -> list[Read]:
    """Return the records partition by partition, the partitions in any order."""
    places = data.draw(st.permutations(sorted({(read.topic, read.partition) for read in reads})))
    return sorted(reads, key=lambda read: places.index((read.topic, read.partition)))


@QUICK
@given(steps, st.data())
def test_the_order_among_partitions_does_not_matter(
    drawn: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    stream = Stream()
    for kind, user, target, text in drawn:
        getattr(stream, kind)(user, target, text)
    reads = stream.log.reads
    assume(reads)
    with TemporaryDirectory() as folder:
        one, other = (
            applied(Path(folder) / name, [order], ALL_PROFILES)
            for name, order in (("a", reads), ("b", merged(data, reads)))
        )
    assert one == other
    assert [user for user, *_ in one["profiles"]] == [user for user in sorted(USERS) if stream.sequence[user]]
    assert {user for user, *_ in one["users"]} == {user for user in USERS if stream.sequence[user]}
    n_changes = sum(stream.sequence.values())
    assert len(one["changes"]) == n_changes == sum(n for *_, n, _ in one["reasons"])
