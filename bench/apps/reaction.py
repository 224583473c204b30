"""Time from a committed segment change until the application has new recommendations, on a real broker.

Each change is committed together with the user's record and profile, as a worker does. The clock starts before the
commit and stops when the application emits the action.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Event, Thread
from time import monotonic, perf_counter, process_time, sleep

import msgspec
import numpy as np
from confluent_kafka import Producer

from apps.app import Action
from apps.consumer import follow
from apps.dispatcher import Dispatcher
from apps.recommendation import Recommendation
from apps.settings import RecommendationSettings
from bench.apps.recommendation.households import purchases_until
from bench.harness.deployment import DEADLINE_S, N_PARTITIONS, BenchmarkError
from bench.harness.part import Part
from stream.core.policy import DAY_MS
from stream.devkafka import EmbeddedKafka
from stream.files.complete_journey import START_MS
from stream.formats.decoder import FormatDecoder
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.wire.changes import SegmentChange, SegmentRef, change_id
from stream.wire.fields import Fields
from stream.wire.memberships import UserSegment
from stream.wire.profiles import SemanticHalf, UserProfile
from stream.wire.topics import SEGMENT_CHANGES, USER_PROFILES, USER_SEGMENTS

_DIMENSION = 128
_PAUSE_S = 0.05  # between two changes: a poll holds one at a time, and none waits for another


@dataclass(frozen=True)
class Sizes:
    """Households that the application has learnt from, their days of purchases, and changes."""

    n_households: int
    n_days: int
    n_changes: int


@dataclass(frozen=True)
class Row:
    """Percentiles of the time from commit to action, and the mean of the ranking in it.

    Learning is processor time: of the fit that ends a horizon, and of each day without one.
    """

    n_users: int
    n_changes: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    ranking_ms: float
    fit_ms: float
    day_ms: float


def measure(sizes: Sizes) -> Sequence[Row]:
    """Let the application learn, follow the topics, and react to one change after another."""
    app, now_ms = taught(sizes)
    fit_s, day_s = (_learning_s(app, now_ms) for _ in range(2))
    users = [*app.shoppers][: sizes.n_changes]
    ranked_s = perf_counter()
    for user in users:
        app.on_change(_change(user, 1, now_ms))
        list(app.on_idle())
    ranking_s = (perf_counter() - ranked_s) / len(users)
    with EmbeddedKafka() as broker:
        waits_ms = np.array(reactions(app, Connection(broker.bootstrap_servers), users, now_ms)) * 1000
    p50, p99 = np.percentile(waits_ms, [50, 99])
    times = (float(p50), float(p99), float(waits_ms.max()), ranking_s * 1000, fit_s * 1000, day_s * 1000)
    return [Row(len(app.shoppers), len(users), *times)]


def _learning_s(app: Recommendation, now_ms: int) -> float:
    started_s = process_time()
    app.learn(now_ms)
    return process_time() - started_s


def taught(sizes: Sizes) -> tuple[Recommendation, int]:
    """Return an application with purchases and profiles, and the time of the last purchase."""
    app, random = Recommendation(RecommendationSettings()), np.random.default_rng(0)
    made = purchases_until(START_MS + sizes.n_days * DAY_MS, range(1, sizes.n_households + 1))
    rows = {str(household): each for household, each in made.rows_of(0, 1 << 62).items()}
    for event in made.events(rows, 0, 1 << 62):
        app.on_event(event)
    for user in rows:
        app.on_profile(_profile(user, int(made.time_ms[-1]), random.normal(size=_DIMENSION)))
    return app, int(made.time_ms[-1])


def reactions(app: Recommendation, connection: Connection, users: Sequence[str], now_ms: int) -> list[float]:
    """Return the seconds from commit to action of one change of each user, in turn."""
    create_topics(connection, "segue", N_PARTITIONS, 1)
    seen: dict[str, float] = {}
    ready, stop = Event(), Event()

    def note(action: Action) -> None:
        seen[action["change"]] = perf_counter()

    dispatcher = Dispatcher([app], FormatDecoder(Fields(), None))
    arguments = dispatcher, connection, note, stop.is_set, lambda reads, _: reads, ready.set
    thread = Thread(target=follow, args=arguments, daemon=True)
    thread.start()
    if not ready.wait(DEADLINE_S):
        raise BenchmarkError("the application did not begin to follow")
    try:
        producer = _producer(connection)
        return [_reaction(producer, connection, user, now_ms, seen) for user in users]
    finally:
        stop.set()
        thread.join(DEADLINE_S)


def _producer(connection: Connection) -> Producer:
    producer = Producer(
        connection.confluent() | {"transactional.id": connection.namespace.qualify("reaction"), "linger.ms": 0}
    )
    producer.init_transactions(DEADLINE_S)
    return producer


def _reaction(producer: Producer, connection: Connection, user: str, now_ms: int, seen: Mapping[str, float]) -> float:
    change = _change(user, next(_sequences), now_ms)
    identity = change_id(user, change.sequence, change.decision_time_ms)
    record = UserSegment(user, change.to, now_ms, change.sequence, 1, "e", {}, {}, "", ())
    profile = _profile(user, now_ms, np.random.default_rng(int(user)).normal(size=_DIMENSION))
    headers: list[tuple[str, str | bytes | None]] = [("ce_id", identity.encode())]
    producer.begin_transaction()
    for topic, value in ((SEGMENT_CHANGES, change), (USER_SEGMENTS, record), (USER_PROFILES, profile)):
        own = headers if topic == SEGMENT_CHANGES else None
        producer.produce(connection.namespace.qualify(topic), msgspec.json.encode(value), user, headers=own)
    started_s = perf_counter()
    producer.commit_transaction(DEADLINE_S)
    deadline = monotonic() + DEADLINE_S
    while identity not in seen:
        if monotonic() > deadline:
            raise BenchmarkError(f"no action on the change of user {user} within {DEADLINE_S:.0f} s")
        sleep(0.0005)
    sleep(_PAUSE_S)
    return seen[identity] - started_s


_sequences = count(2)


def _change(user: str, sequence: int, now_ms: int) -> SegmentChange:
    fields = {
        "user": user, "sequence": sequence, "summary": "moved", "from": SegmentRef("s-0001", ""),
        "to": SegmentRef("s-0002", ""), "rule": "margin_and_dwell", "certainty": None,
        "hysteresis": {"margin_required": 0, "dwell_required_ms": 0, "dwell_ms": 0},
        "evidence": {"items": [], "features": [], "semantic_contribution": 0}, "n_items": 5, "event_time_ms": now_ms,
        "decision_time_ms": now_ms, "segment_model": 1, "encoder": "e", "quality": "full", "pinned_by": "",
    }  # fmt: skip
    return msgspec.convert(fields, SegmentChange)


def _profile(user: str, time_ms: int, vector: np.typing.NDArray[np.float64]) -> UserProfile:
    numbers = np.rint(vector / np.abs(vector).max() * 127).astype(np.int8)
    half = SemanticHalf(b64encode(numbers.tobytes()).decode(), float(1 / np.linalg.norm(numbers)))
    return UserProfile(user, time_ms, 5, 5.0, {}, half, "s-0002", 1, "e")


PART = Part(
    title="reaction: from a segment change to new recommendations",
    aim="p99 below 1 s",
    full=Sizes(n_households=2_500, n_days=120, n_changes=300),
    quick=Sizes(n_households=60, n_days=60, n_changes=20),
    measure=measure,
)
