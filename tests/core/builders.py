"""Small worlds for the hot path: windows of milliseconds, segments around single words, and records of few people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from stream.core.decision.overrides import Override
from stream.core.decision.pins import PinRule
from stream.core.encoder import Encoder
from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Record, Rejected
from stream.core.features import Windows, kind_code, registry
from stream.core.labels import NO_LABELS, LabelHead, LabelHeads
from stream.core.outcome import Step
from stream.core.output import Change, Output
from stream.core.policy import Clock, Policy
from stream.core.profile import profiles, quantise
from stream.core.reasons import Reason
from stream.core.segment_model import Description, Scaler, SegmentModel
from stream.core.serving import Serving
from stream.core.state import PartitionState, Timer, UserState, expiry_ms
from stream.core.step import step
from stream.core.transition import required
from stream.core.window import Window, columns_dtype
from tests.fakes import HashEncoder

START_MS = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC, a Tuesday
WORDS = ("milk", "bread", "shoes")
ENCODER = HashEncoder(dimension=4)
NEW_ENCODER = HashEncoder(dimension=6, version="new")
DTYPE = columns_dtype(ENCODER.dimension)
POLICY = Policy(
    window_items=3,
    window_ms=20,
    half_life_ms=4,
    kinds=("view", "buy"),
    min_items=1,
    dwell_ms=5,
    max_ahead_ms=3,
    sample_every_ms=7,
    clock=Clock.EVENT,
)
WALL = replace(POLICY, clock=Clock.WALL)


def event_at(
    at_ms: int, text: str = "", user: str = "ann", event_id: str = "", kind: str = "view", amount: float = 0.0
) -> Event:
    """An event `at_ms` after START_MS; without an id its time is its id."""
    return Event(user, event_id or f"e{at_ms}", kind, START_MS + at_ms, text, amount)


def insert_events(window: Window, *events: Event, now_ms: int = 0, policy: Policy = POLICY) -> Window:
    """The window after these events were offered to it at START_MS + `now_ms`."""
    for each in events:
        vector, scale = stored_vector(each.text)
        start_ms = START_MS + now_ms - policy.window_ms
        window.insert(each, kind_code(policy, each.kind), vector, scale, start_ms)
    return window


def window_with(*events: Event, now_ms: int = 0, policy: Policy = POLICY) -> Window:
    """A window with these events."""
    return insert_events(Window(policy.window_items, DTYPE), *events, now_ms=now_ms, policy=policy)


def stored_vector(text: str) -> tuple[Any, float]:
    """The int8 vector and scale that an item with this text carries."""
    if not text:
        return np.zeros(ENCODER.dimension, np.int8), 0.0
    vectors, scales = quantise(ENCODER.encode([text]))
    return vectors[0], float(scales[0])


def stack_windows(windows: Sequence[Window], now_ms: int, policy: Policy = POLICY, fill: int = 0) -> Windows:
    """Non-empty windows as a batch at START_MS + `now_ms`; bytes `fill` where no item is."""
    columns = np.zeros((len(windows), policy.window_items), DTYPE)
    columns.view(np.uint8)[:] = fill
    for at, window in enumerate(windows):
        columns[at, : len(window)] = window.columns[: len(window)]
    n = np.array([len(window) for window in windows])
    return Windows(columns, n, np.full(len(windows), START_MS + now_ms))


def label_head(
    name: str = "diet", values: Sequence[str] = WORDS, threshold: float = 0.6, sharpness: float = 8.0
) -> LabelHead:
    """A head with one value for each word: who only ever says that word has it, and surely so."""
    weight = (ENCODER.encode(values).T * sharpness).astype(np.float32)
    return LabelHead(name, tuple(values), weight, np.zeros(len(values), np.float32), threshold)


def word_model(
    words: Sequence[str] = WORDS, policy: Policy = POLICY, version: int = 1, threshold: float = 0.5, first: int = 1
) -> SegmentModel:
    """One segment for each word: who views it once and nothing else sits on its centroid."""
    features = registry(policy)
    n = len(features)
    scaler = Scaler(np.zeros(n), np.ones(n), np.zeros(ENCODER.dimension, np.float32), 1.0, policy.semantic_weight)
    raw = profiles(
        stack_windows([window_with(event_at(0, word)) for word in words], 1, policy), features, policy.half_life_ms
    )
    return SegmentModel(
        version=version,
        encoder=ENCODER.version,
        features=tuple(features),
        scaler=scaler,
        ids=tuple(f"s-{number:04d}" for number in range(first, first + len(words))),
        centroids=scaler.transform(raw),
        thresholds=np.full(len(words), threshold),
        descriptions=tuple(Description(name=word) for word in words),
    )


MODEL = word_model()
LABELS = LabelHeads("v1", (label_head(sharpness=2.0), label_head("club", ("yes", "no"), threshold=0.7, sharpness=3.0)))


@dataclass
class StepRecorder:
    """What a sequence of steps said, and the partition it left."""

    partition: PartitionState = field(default_factory=PartitionState)
    labels: LabelHeads = NO_LABELS
    encoder: Encoder = ENCODER
    outputs: list[Output] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def step(
        self, records: Sequence[Record], policy: Policy, model: Serving | SegmentModel | None = MODEL, until_ms: int = 0
    ) -> list[Output]:
        """One step, merged; `until_ms` is after START_MS."""
        until_ms = START_MS + until_ms if until_ms else 0
        serving = Serving(model) if isinstance(model, SegmentModel) else model
        done = step(list(records), self.partition, serving, self.encoder, policy, until_ms, self.labels)
        self.steps.append(done)
        done.merge_into(self.partition)
        self.outputs += done.outputs
        return done.outputs

    def changes(self) -> list[Change]:
        """The changes among the outputs."""
        return [output for output in self.outputs if isinstance(output, Change)]


def run_steps(
    records: Sequence[Record],
    policy: Policy,
    cuts: Iterable[int] = (),
    model: Serving | SegmentModel | None = MODEL,
    labels: LabelHeads = NO_LABELS,
) -> StepRecorder:
    """The records in batches, a new one beginning at each index of `cuts`."""
    recorder, begin = StepRecorder(labels=labels), 0
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(records)), len(records)]:
        recorder.step(records[begin:end], policy, model)
        begin = end
    return recorder


def records_with(*contents: Content, arrival_ms: Sequence[int] = ()) -> list[Record]:
    """Records of these contents; each arrives at START_MS + its `arrival_ms`, or with its event."""
    times = [START_MS + ms for ms in arrival_ms] or [c.time_ms if isinstance(c, Event) else 0 for c in contents]
    return [Record(at, time_ms, content) for at, (time_ms, content) in enumerate(zip(times, contents, strict=True))]


def user_snapshots(partition: PartitionState) -> dict[str, Any]:
    """All that is known of each person, to the last bit, without the timers."""
    return {name: _person(user) for name, user in partition.users.items()}


def _person(user: UserState) -> tuple[Any, ...]:
    window, n = user.window, len(user.window)
    columns = window.columns[:n].tobytes().hex()
    head = (user.membership, dict(user.traits), dict(user.labels), user.n_events, user.sampled_ms, user.offset)
    return window.items, columns, window.slots, *(repr(part) for part in head)


def partition_position(partition: PartitionState) -> tuple[int, int, int]:
    """Time, offset and model version of a partition."""
    return partition.now_ms, partition.offset, partition.segment_model


def expected_timers(partition: PartitionState, policy: Policy) -> list[Timer]:
    """One timer for each person with an item and one for each candidate."""
    timers = []
    for name, user in partition.users.items():
        if len(user.window):
            timers.append(Timer(expiry_ms(user.window, policy), name, dwell=False))
        membership = user.membership
        if membership.candidate is not None:
            need = required(policy, membership.segment, membership.candidate)
            timers.append(Timer(membership.candidate_since_ms + need.dwell_ms, name, dwell=True))
    return sorted(timers)


class DrawnRecord(NamedTuple):
    """One record as Hypothesis draws it."""

    what: str
    user: str
    gap_ms: int  # since the record before
    back_ms: int  # how late the event is; negative: ahead
    skew_ms: int  # how much earlier than the records before it the broker says it came
    word: str
    kind: str
    amount: float
    earlier: int  # which earlier event is repeated


EVENTS = ("event", "event", "event", "event", "event", "repeat")
ANYTHING = (*EVENTS, *EVENTS, "other content", "declare", "erase", "reject", "ignore")
DECLARING = ("event", "declare", "event", "declare", "event")


def drawn_records(what: Sequence[str] = ANYTHING) -> st.SearchStrategy[DrawnRecord]:
    """One record: ties, late and early ones, gaps within the dwell, beyond it and beyond the window."""
    return st.builds(
        DrawnRecord,
        what=st.sampled_from(what),
        user=st.sampled_from(("ann", "ann", "ann", "李娜")),
        gap_ms=st.sampled_from((1, 0, 2, 5, 3, 0, 4, 6, 2, 5, 12, 30)),
        back_ms=st.sampled_from((0, 0, 0, 1, 3, 9, 20, 21, -1, -3, -9)),
        skew_ms=st.sampled_from((0, 0, 0, 1, 7)),
        word=st.sampled_from((*WORDS, "milk bread", "")),
        kind=st.sampled_from(("view", "buy", "wink")),
        amount=st.sampled_from((0.0, 2.5, -7.0)),
        earlier=st.integers(0, 7),
    )


def records_of(drawn: Sequence[DrawnRecord]) -> list[Record]:
    """The drawn records, every second offset."""
    records: list[Record] = []
    events: list[Event] = []
    at_ms = START_MS
    for number, draw in enumerate(drawn):
        at_ms += draw.gap_ms
        arrival_ms = at_ms - draw.skew_ms
        content = _content(draw, number, arrival_ms - draw.back_ms, events)
        if isinstance(content, Event):
            events.append(content)
        records.append(Record(2 * number, arrival_ms, content))
    return records


def _content(draw: DrawnRecord, number: int, time_ms: int, events: list[Event]) -> Content:
    fresh = Event(draw.user, f"e{number}", draw.kind, time_ms, draw.word, draw.amount)
    earlier = events[draw.earlier % len(events)] if events else fresh
    contents: dict[str, Content] = {
        "event": fresh,
        "repeat": earlier,
        "other content": replace(fresh, user=earlier.user, id=earlier.id),
        "declare": Declaration(draw.user, {"age": number, "club": draw.word}),
        "erase": Erasure(draw.user),
        "reject": Rejected(Reason.NOT_JSON, "a brace is missing"),
        "ignore": Ignored("alias"),
    }
    return contents[draw.what]


def record_lists(what: Sequence[str] = ANYTHING, n_max: int = 18) -> st.SearchStrategy[list[Record]]:
    """Records of one partition: few, so that they shrink well, or many, so that people have time to move."""
    drawn = drawn_records(what)
    return (st.lists(drawn, max_size=4) | st.lists(drawn, min_size=n_max // 2, max_size=n_max)).map(records_of)


PINS = (PinRule.parse("club=milk:members"), PinRule.parse("club=bread:staff"))
OVERRIDES = (
    Override("s-0001", dwell_ms=11, margin=0.3),
    Override("s-0002", leave_dwell_ms=2),
    Override("unknown", dwell_ms=0),
)
ROLLOUT = Serving(word_model(("shoes", "milk", "bread"), version=2), MODEL, START_MS + 10, 50)
rule_policies = st.sampled_from(
    [
        replace(WALL, pin=PINS, min_items=2),
        replace(WALL, overrides=OVERRIDES),
        replace(POLICY, pin=PINS, overrides=OVERRIDES),
        replace(POLICY, dwell_ms=0, overrides=(Override("s-0003", dwell_ms=4),)),
    ]
)
policies = st.sampled_from([POLICY, WALL, replace(WALL, dwell_ms=0, min_items=2), replace(POLICY, dwell_ms=11)])
batch_starts = st.sets(st.integers(1, 17))


def random_windows(n: int, seed: int = 0) -> tuple[Windows, Policy]:
    """n windows of the default policy's size with 128 dimensions, drawn at random, junk where no item is."""
    policy = Policy()
    rng = np.random.default_rng(seed)
    columns = np.zeros((n, policy.window_items), columns_dtype(128))
    columns.view(np.uint8)[:] = rng.integers(0, 256, columns.view(np.uint8).shape)
    columns["time_ms"] = np.sort(START_MS + rng.integers(0, policy.window_ms, columns.shape), axis=1)
    columns["amount"], columns["kind"] = rng.normal(size=columns.shape), rng.integers(0, 5, columns.shape)
    columns["scale"] = rng.uniform(0, 0.01, columns.shape)
    taken = rng.integers(1, policy.window_items + 1, n)
    return Windows(columns, taken, START_MS + policy.window_ms + rng.integers(1, 1000, n)), policy
