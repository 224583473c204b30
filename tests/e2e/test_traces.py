"""A trace from event to change on a real broker, with a real OTLP receiver: headers, spans, and a collector's fault."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

pytest.importorskip("opentelemetry.sdk", reason="needs the extra `otel`")

from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually
from tests.otlp_receiver import Receiver, attributes, otlp_receiver

N_FIRST, N_EVENTS = 1_000, 2_000
FLAGS = ("01", "00", "")  # sampled, not sampled, without a trace: a third of the users each


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with otlp_receiver() as running:
        yield running


@pytest.mark.parametrize("engine", ["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def test_every_change_continues_the_trace_of_an_event_of_its_user(
    engine: str, deploy: Deploy, stream: list[scenario.Event], segment_model: Path, receiver: Receiver
) -> None:
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    own = {"segment_model": str(segment_model), "otlp_endpoint": receiver.url}
    deployment = deploy(engine, **scenario.SETTINGS | own)
    worker = deployment.start_worker("one")
    receiver.status = 400
    contexts = send(deployment, stream[:N_FIRST])
    eventually(lambda: receiver.n_refused, "the collector refused spans")
    deployment.await_committed(N_FIRST)
    receiver.status = 200
    contexts |= send(deployment, stream[N_FIRST:N_EVENTS], first=N_FIRST)
    deployment.await_committed(N_EVENTS)
    assert worker.stop() == 0
    changes = deployment.messages(SEGMENT_CHANGES)
    traced = [each for each in changes if "traceparent" in dict(each.headers)]
    for change in traced:
        assert_continued(change, contexts)
    assert {flags_of(change.key) for change in traced} == {"01", "00"}
    assert_spans(receiver, traced)
    assert worker.log.read_text().count("spans are dropped") == 1
    assert bare(changes) == bare_changes_of_a_replay(stream[:N_EVENTS], segment_model)


def flags_of(user: bytes) -> str:
    """Return the sampling of a user's traces."""
    return FLAGS[sha256(user).digest()[0] % 3]


def send(deployment: Deployment, events: list[scenario.Event], first: int = 0) -> set[str]:
    """Send events, one trace a user; the context of each."""
    producer = Producer({"bootstrap.servers": deployment.connection.bootstrap_servers, "partitioner": "murmur2_random"})
    topic = deployment.connection.namespace.qualify(USER_EVENTS)
    contexts = set()
    for number, (key, value) in enumerate(events, first + 1):
        assert key is not None
        context = f"00-{sha256(key).hexdigest()[:32]}-{number:016x}-{flags_of(key)}"
        headers: list[tuple[str, str | bytes | None]] = [("traceparent", context)] if flags_of(key) else []
        contexts.add(context)
        producer.produce(topic, key=key, value=value, headers=headers)
        producer.poll(0)
    assert producer.flush(30) == 0
    return contexts


def assert_continued(change: Any, contexts: set[str]) -> None:
    """The header is that of a child of one of the user's events, as computed here from the id of the change."""
    headers = {name: value.decode() for name, value in change.headers}
    trace = sha256(change.key).hexdigest()[:32]
    of_user = [context for context in contexts if trace in context]
    hashes = [sha256(f"{context}:{headers['ce_id']}".encode()).hexdigest() for context in of_user]
    expected = {f"00-{trace}-{each[:16]}-{flags_of(change.key)}" for each in hashes}
    assert headers["traceparent"] in expected
    assert headers["ce_traceparent"] == headers["traceparent"]


def assert_spans(receiver: Receiver, traced: list[Any]) -> None:
    """Each span is of a change that is sampled, and names it; one that is not sampled has none."""
    headers = [{name: value.decode() for name, value in change.headers} for change in traced]
    sampled = {each["ce_id"]: each["traceparent"] for each in headers if each["traceparent"].endswith("-01")}
    spans = receiver.spans()
    assert spans
    for span in spans:
        context = f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01"
        assert sampled[str(attributes(span)["cloudevents.event_id"])] == context
        assert [link.span_id for link in span.links] == [span.parent_span_id]


def bare(changes: list[Any]) -> dict[str, list[bytes]]:
    """The values of every user's changes, in order."""
    found: dict[str, list[bytes]] = {}
    for change in changes:
        found.setdefault(change.key.decode(), []).append(change.value)
    return found


def bare_changes_of_a_replay(events: list[scenario.Event], segment_model: Path) -> dict[str, list[bytes]]:
    """The same by a replay, which knows no traces."""
    found: dict[str, list[bytes]] = {}
    for message in scenario.replay(str(segment_model)).run(events):
        if message.topic == SEGMENT_CHANGES:
            assert message.key
            assert message.value
            assert "traceparent" not in dict(message.headers)
            found.setdefault(message.key.decode(), []).append(message.value)
    return found
