"""The metrics of a worker, parsed as by Prometheus, against steps whose numbers are worked out by hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from time import time
from typing import cast

import pytest
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families

from stream.core.census import census_of
from stream.core.outcome import Step
from stream.core.partition import PartitionState
from stream.core.state import UserState
from stream.core.transition import MembershipState
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.observability.metrics import SEGMENTS_MAX, Metrics
from stream.onnx.encoder import EncoderStats, OnnxEncoder
from stream.runtime.events import Assigned, Delivered, Idle, NotDelivered, Revoked
from stream.runtime.job import Batch
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS

HOUR_MS = 3_600_000


@dataclass
class Counted:
    """Metrics over a real segmenter that owns partition 0."""

    segmenter: Segmenter = field(
        default_factory=lambda: Segmenter(
            "g", ENCODER, POLICY, FormatDecoder(Fields(), None), FixedModel(MODEL), Placement(1)
        )
    )
    n_records: int = 0

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.segmenter)
        self.segmenter.prepare()
        self.segmenter.restore(0, self.segmenter.state_reader())

    def deliver(self, *values: bytes, arrival_ms: int = START_MS, lag: int = 0) -> Batch[Step]:
        """One turn over records of ann with these values."""
        raws = [
            ConsumerRecord(USER_EVENTS, 0, self.n_records + at, arrival_ms, b"ann", v, [])
            for at, v in enumerate(values)
        ]
        self.n_records += len(raws)
        batch = self.segmenter.process(0, raws, 0)
        self.segmenter.merge(batch)
        self.metrics(Delivered("segment", [batch.summary], 0.002, 0.3, {0: lag}))
        return batch

    def value(self, name: str, **labels: str) -> float | None:
        """A sample as a scrape shows it; None if it is not there."""
        for family in self.families():
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return None

    def families(self) -> list[Metric]:
        """Everything a scrape shows."""
        return list(text_string_to_metric_families(generate_latest(self.metrics.registry).decode()))

    def strictly(self) -> list[Metric]:
        """The same in the format that has rules for names; raises ValueError where they are broken."""
        return list(strict(open_metrics(self.metrics.registry).decode()))  # type: ignore[no-untyped-call]


def views(text: str, at_ms: int = 0) -> bytes:
    """Ann views something; the time is the event's id."""
    event = {"user_id": "ann", "text": text, "timestamp": START_MS + at_ms, "id": str(at_ms), "kind": "view"}
    return json.dumps(event).encode()


def users(n_users: dict[str, int]) -> PartitionState:
    """Return a partition with so many users in each segment."""
    partition = PartitionState(POLICY, ENCODER.dimension, ENCODER.version)
    partition.put_all(
        {
            f"{segment}:{at}": UserState(membership=MembershipState(segment))
            for segment, n in n_users.items()
            for at in range(n)
        }
    )
    return partition


@pytest.fixture
def busy() -> Counted:
    """Every metric has a value."""
    counted = Counted()
    encoder = type("Encoder", (), {"stats": EncoderStats(n_hits=9, n_misses=3, encode_s=1.5)})
    counted.metrics.watch_encoder(cast(OnnxEncoder, encoder))
    counted.deliver(views("milk"), b"{", lag=4)
    counted.metrics(NotDelivered("segment", "fenced", {}))
    return counted


def test_records_are_counted_by_outcome() -> None:
    counted = Counted()
    counted.deliver(views("milk"), views("milk"), views("bread", 1), b"{", b"[]")
    for outcome, n in (("applied", 2), ("duplicate", 1), ("rejected", 2)):
        assert counted.value("segue_events_total", outcome=outcome) == n
    assert counted.value("segue_rejected_total", reason="not_json") == 1
    assert counted.value("segue_rejected_total", reason="not_an_object") == 1


def test_fields_that_count_as_missing_are_counted_by_their_path() -> None:
    counted = Counted()
    counted.deliver(views("milk").replace(b'"text"', b'"amount": "free", "text"'), views("bread", 1))
    assert counted.value("segue_fields_ignored_total", field="amount") == 1
    assert counted.value("segue_events_total", outcome="applied") == 2


def test_a_change_is_counted_by_its_rule_with_the_time_since_its_oldest_record() -> None:
    counted = Counted()
    counted.deliver(views("milk"), arrival_ms=int(time() * 1000) - HOUR_MS)
    assert counted.value("segue_changes_total", rule="entered") == 1
    assert counted.value("segue_event_to_change_seconds_count") == 1
    assert (counted.value("segue_event_to_change_seconds_sum") or 0) >= HOUR_MS / 1000


def test_a_record_from_the_future_has_latency_zero() -> None:
    counted = Counted()
    counted.deliver(views("milk"), arrival_ms=int(time() * 1000) + HOUR_MS)
    assert counted.value("segue_event_to_change_seconds_sum") == 0


def test_a_turn_is_timed_by_phase_in_seconds_and_its_records_are_counted() -> None:
    counted = Counted()
    counted.deliver(views("milk"), views("bread", 1))
    assert counted.value("segue_turn_seconds_sum", role="segment", phase="compute") == 0.002
    assert counted.value("segue_turn_seconds_sum", role="segment", phase="deliver") == 0.3
    assert counted.value("segue_batch_records_sum", role="segment") == 2


def test_the_changelog_is_counted_in_bytes_of_keys_and_values() -> None:
    counted = Counted()
    batches = [counted.deliver(views("milk")), counted.deliver(views("bread", 1))]
    written = [part for batch in batches for put in batch.puts for part in (put.key, put.value)]
    assert counted.value("segue_changelog_bytes_total") == len(b"".join(part for part in written if part))


def test_lag_has_role_and_partition_until_the_partition_is_revoked() -> None:
    counted = Counted()
    counted.metrics(Idle("segment", {0: 7, 1: 8}))
    counted.metrics(Idle("train", {0: 9}))
    counted.metrics(Revoked("segment", [0]))
    assert counted.value("segue_lag_records", role="segment", partition="0") is None
    assert counted.value("segue_lag_records", role="segment", partition="1") == 8
    assert counted.value("segue_lag_records", role="train", partition="0") == 9


def test_revoking_a_partition_without_lag_is_no_error() -> None:
    counted = Counted()
    counted.metrics(Assigned("segment", [0]))
    counted.metrics(Revoked("segment", [0]))
    assert counted.value("segue_lag_records", role="segment", partition="0") is None


def test_a_turn_not_delivered_is_counted_and_its_records_are_not() -> None:
    counted = Counted()
    counted.metrics(NotDelivered("segment", "fenced", {}))
    assert counted.value("segue_turns_not_delivered_total", role="segment") == 1
    assert counted.value("segue_changelog_bytes_total") == 0


def test_the_census_counts_users_bytes_and_segments() -> None:
    counted = Counted()
    counted.deliver(views("milk"), b"{")
    assert counted.value("segue_users") == 1
    assert counted.value("segue_state_bytes") == census_of(counted.segmenter.partitions[0]).n_bytes > 0
    assert counted.value("segue_segment_users", segment="s-0001") == 1
    assert counted.value("segue_segment_model") == MODEL.version


def test_the_trainers_turns_take_no_census() -> None:
    counted = Counted()
    counted.segmenter.partitions[0] = users({"s-0001": 2})
    counted.metrics(Idle("train", {0: 0}))
    assert counted.value("segue_users") == 0
    counted.metrics(Idle("segment", {0: 0}))
    assert counted.value("segue_users") == 2


def test_the_largest_segments_are_named_and_the_rest_is_summed() -> None:
    counted = Counted()
    n_users = {f"s-{at:04d}": 200 - at for at in range(SEGMENTS_MAX + 5)}
    counted.segmenter.partitions = {0: users(n_users), 1: users({"s-0000": 1})}
    counted.metrics(Idle("segment", {}))
    (family,) = (family for family in counted.families() if family.name == "segue_segment_users")
    outputs = {sample.labels["segment"]: sample.value for sample in family.samples}
    rest = sorted(n_users)[SEGMENTS_MAX:]
    assert outputs.pop("other") == sum(n_users[segment] for segment in rest)
    assert outputs == {segment: n for segment, n in n_users.items() if segment not in rest} | {"s-0000": 201}


def test_the_encoder_is_read_at_every_scrape() -> None:
    counted = Counted()
    encoder = type("Encoder", (), {"stats": EncoderStats()})
    counted.metrics.watch_encoder(cast(OnnxEncoder, encoder))
    assert counted.value("segue_encode_seconds_total") == 0
    encoder.stats = EncoderStats(n_hits=9, n_misses=3, encode_s=1.5)  # type: ignore[attr-defined]
    assert counted.value("segue_encode_seconds_total") == 1.5
    assert counted.value("segue_encode_cache_hits_total") == 9
    assert counted.value("segue_encode_cache_misses_total") == 3


def test_two_workers_in_one_process_share_no_metric(busy: Counted) -> None:
    assert busy.value("segue_events_total", outcome="applied") == 1
    assert Counted().value("segue_events_total", outcome="applied") is None


def test_a_strict_open_metrics_parser_accepts_everything(busy: Counted) -> None:
    assert {family.name for family in busy.strictly()} >= {"segue_events", "segue_encode_seconds", "segue_turn_seconds"}


def test_names_follow_the_conventions_of_prometheus(busy: Counted) -> None:
    for family in busy.strictly():
        assert re.fullmatch(r"segue(_[a-z]+)+", family.name)
        assert not family.name.startswith("segue_segue")
        assert family.documentation
        units = set(family.name.split("_")) & {"ms", "milliseconds", "minutes", "kb", "kib", "mb", "percent", "ratio"}
        assert not units, "only base units: seconds and bytes"
        assert family.type in ("counter", "gauge", "histogram")
        assert not family.name.endswith("_total"), "only a counter's samples end so"
        if family.type == "counter":
            assert {s.name for s in family.samples} <= {family.name + "_total", family.name + "_created"}
        if family.type == "histogram" and "_seconds" in family.name:
            assert all(
                float(s.labels["le"]) < 60 or s.labels["le"] == "+Inf" for s in family.samples if "le" in s.labels
            )
