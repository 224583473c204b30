"""Changes continue the traces of events where that is wanted, and are the same bytes as without everywhere else."""

from __future__ import annotations

import json

import pytest

from stream.core.outcome import Step
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.runtime.job import Batch
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS
from stream.wire.trace_context import continued
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def processed(traced: bool, sent: str = SENT) -> Batch[Step]:
    """One event of ann with this trace context in its header."""
    decoder = FormatDecoder(Fields(), None)
    segmenter = Segmenter("g", ENCODER, POLICY, decoder, FixedModel(MODEL), Placement(1), traced=traced)
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    value = json.dumps({"user_id": "ann", "text": "milk", "timestamp": START_MS, "id": "1"}).encode()
    headers = [("traceparent", sent.encode())] if sent else []
    return segmenter.process(0, [ConsumerRecord(USER_EVENTS, 0, 0, START_MS, b"ann", value, headers)], 0)


def test_a_change_continues_the_trace_of_its_event() -> None:
    [change] = [m for m in processed(traced=True).messages if m.topic == SEGMENT_CHANGES]
    headers = dict(change.headers)
    context = continued(SENT, headers["ce_id"].decode()).encode()
    assert (headers["traceparent"], headers["ce_traceparent"]) == (context, context)


def test_the_summary_has_what_a_span_needs() -> None:
    batch = processed(traced=True)
    [change], [traced] = [m for m in batch.messages if m.topic == SEGMENT_CHANGES], batch.summary.traced
    headers, value = dict(change.headers), json.loads(change.value or b"")
    assert (traced.parent, traced.traceparent) == (SENT, headers["traceparent"].decode())
    assert (traced.change_id, traced.sequence) == (headers["ce_id"].decode(), value["sequence"])
    assert (traced.rule, traced.segment_model) == (value["rule"], value["segment_model"])
    assert (traced.from_segment, traced.to_segment) == (value["from"]["id"], value["to"]["id"])


def test_traces_change_two_headers_and_nothing_else() -> None:
    with_traces, without = processed(traced=True), processed(traced=False)
    assert without.summary.traced == []
    stripped = [
        message._replace(headers=[pair for pair in message.headers if "traceparent" not in pair[0]])
        for message in with_traces.messages
    ]
    assert stripped == without.messages != with_traces.messages


def test_an_event_without_a_context_leads_to_a_change_without_one() -> None:
    traced, untraced = processed(traced=True, sent=""), processed(traced=False, sent="")
    assert (traced.puts, traced.messages, traced.summary) == (untraced.puts, untraced.messages, untraced.summary)


@pytest.mark.parametrize(("traced", "rest"), [(True, SENT), (False, "")])
def test_a_restart_without_traces_ends_those_of_the_state(traced: bool, rest: str) -> None:
    decoder = FormatDecoder(Fields(), None)
    segmenter = Segmenter("g", ENCODER, POLICY, decoder, FixedModel(MODEL), Placement(1), traced=traced)
    reader = segmenter.state_reader()
    for put in processed(traced=True).puts:
        reader.add(put.key, put.value)
    segmenter.restore(0, reader)
    assert dict(segmenter.partitions[0].users())["ann"].traceparent == rest
