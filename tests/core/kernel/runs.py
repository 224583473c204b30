"""Runs of a core, drawn by Hypothesis: settings, segment models, and stages of records between which something changes.

Lengths and times are small, so that windows overflow and expire, dwells end, and users of one name come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from stream.core.decision.conditions import Condition
from stream.core.decision.overrides import Override
from stream.core.decision.pins import PinRule
from stream.core.description import Description
from stream.core.encoder import Encoder
from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Misplaced, Record, Rejected
from stream.core.labels import NO_LABELS, LabelHead, LabelHeads
from stream.core.policy import Clock, Policy, PublishProfiles
from stream.core.reasons import Reason
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from tests.core.builders import START_MS
from tests.fakes import HashEncoder
from tests.specification.features import Windows, features_of
from tests.specification.profile import profiles
from tests.specification.window import columns_dtype

WORDS = ("milk", "bread", "shoes", "运动鞋 跑步", "x" * 300)
TEXTS = (*WORDS, *WORDS, "milk bread", "", "")
FEW = ("ann", "ann", "李娜")
MANY = (*FEW, "bob", "an", "anna", "é" * 128, "b" * 256, "a\0", "a", "𝕏 y")
IDS = ("a", "ab", "a\0", "b", "é", "ü" * 128, "z" * 256, "𝕏")
DECLARED = (True, "milk", 1, "milk", 0, 1, 1.5, False, "bread", None, "é" * 40)
OLD_ENCODER, NEW_ENCODER = HashEncoder(5, "old"), HashEncoder(18, "new")


@dataclass(frozen=True)
class Stage:
    """Records that one worker takes with one serving model, then time that passes."""

    records: tuple[Record, ...]
    serving: Serving | None
    until_ms: int
    asks_pending: bool  # evaluate the users without a result at the end
    encoder: HashEncoder
    labels: LabelHeads
    cuts: frozenset[int] = field(default_factory=frozenset)

    def __repr__(self) -> str:
        """Return the stage without the numbers of its models."""
        versions = self.serving.versions if self.serving else None
        asks = " asks pending" if self.asks_pending else ""
        lines = "\n  ".join(repr(record) for record in self.records)
        return f"{versions} until {self.until_ms}{asks} {self.encoder.version}:\n  {lines}\n"


@dataclass(frozen=True)
class Run:
    """Settings and stages."""

    policy: Policy
    stages: tuple[Stage, ...]


def random_scaler(rng: np.random.Generator, n_features: int, d: int) -> Scaler:
    """A scaler as a fit could leave it, with no two numbers alike."""
    return Scaler(
        rng.normal(0.3, 0.2, n_features),
        rng.uniform(0.4, 1.5, n_features),
        float(rng.uniform(2, 4)),
        0.3,
        rng.normal(0, 0.1, d).astype(np.float32),
        float(rng.uniform(0.5, 1)),
        float(rng.uniform(0.0, 2)),
        0.7,
    )


def random_model(
    seed: int, policy: Policy, encoder: Encoder, version: int, space: int = 0, first: int = 1
) -> SegmentModel:
    """A model with a segment near each word, in the space of the number `space`; sizes and thresholds at random."""
    rng = np.random.default_rng((seed, version))
    features, k = features_of(policy), int(rng.integers(1, len(WORDS) + 1))
    scaler = random_scaler(np.random.default_rng((seed, space, encoder.dimension)), len(features), encoder.dimension)
    columns = np.zeros((k, 1), columns_dtype(encoder.dimension))
    columns["time_ms"], columns["scale"] = START_MS, 1 / 127
    columns["vector"][:, 0] = np.rint(encoder.encode(WORDS[:k]) * 127)
    windows = Windows(columns, np.ones(k, np.int64), np.full(k, START_MS + 1))
    raw = profiles(windows, features, policy.half_life_ms)
    centroids = scaler.transform(raw)
    centroids += rng.normal(0, 0.05, centroids.shape).astype(np.float32)
    sizes = rng.integers(1, 20, k).tolist()
    return SegmentModel(
        version=version,
        encoder=encoder.version,
        features=tuple(features),
        scaler=scaler,
        ids=tuple(f"s-{number:04d}" for number in range(first, first + k)),
        centroids=centroids,
        thresholds=rng.uniform(0.5, 2.5, k),
        descriptions=tuple(Description(f"name {n}", n_users=size) for n, size in enumerate(sizes)),
    )


def random_labels(seed: int, encoder: Encoder) -> LabelHeads:
    """Three heads of two to five values, sure of some texts and not of others."""
    rng = np.random.default_rng((seed, 7))
    heads = []
    for n in (2, 3, 5):
        weight, bias = rng.normal(0, 3, (encoder.dimension, n)), rng.normal(0, 0.2, n)
        values = tuple(f"{n}/{value}" for value in range(n))
        heads.append(
            LabelHead(
                f"of {n}", values, weight.astype(np.float32), bias.astype(np.float32), float(rng.uniform(0.3, 0.7))
            )
        )
    return LabelHeads(f"v{seed}", tuple(heads))


# ---- settings ----

_overrides = st.dictionaries(
    st.sampled_from(("s-0001", "s-0002", "s-0003", "s-0011", "unknown", "staff")),
    st.fixed_dictionaries(
        {},
        optional={
            "margin": st.sampled_from((0.0, 0.05, 0.4)),
            "dwell_ms": st.sampled_from((0, 3, 12)),
            "leave_dwell_ms": st.sampled_from((0, 2, 9)),
        },
    ),
    max_size=3,
)
_pins = st.sampled_from(((), (PinRule.parse("club=milk:staff"), PinRule.parse("club=1:vip"))))
_consents = st.sampled_from(((), (), (), (Condition.parse("ads=true"),)))


def _policy(window_items: int, min_items: int, overrides: dict[str, dict[str, Any]], **settings: Any) -> Policy:
    made = tuple(Override(segment, **values) for segment, values in overrides.items())
    # after some 120 half-lives a weight is subnormal in single precision, and a mean of such weights has no digits
    settings["half_life_ms"] = max(settings["half_life_ms"], settings["window_ms"] // 60)
    return Policy(window_items=window_items, min_items=min(min_items, window_items), overrides=made, **settings)


policies = st.builds(
    _policy,
    window_items=st.sampled_from((3, 1, 2, 4, 5, 8, 9, 17, 33, 255)),
    min_items=st.sampled_from((1, 1, 2, 3)),
    overrides=_overrides,
    window_ms=st.sampled_from((20, 7, 100, 400, 900)),
    half_life_ms=st.sampled_from((4, 1, 1000)),
    kinds=st.sampled_from((("view", "buy"), ("é",), tuple("abcdefghij"))),
    margin=st.sampled_from((0.1, 0.0, 0.3)),
    dwell_ms=st.sampled_from((5, 0, 1, 30)),
    max_ahead_ms=st.sampled_from((3, 0, 100)),
    sample_every_ms=st.sampled_from((7, 1, 1000)),
    clock=st.sampled_from(Clock),
    publish_profiles=st.sampled_from(PublishProfiles),
    evidence_texts=st.booleans(),
    pin=_pins,
    consent=_consents,
    min_audience=st.sampled_from((0, 0, 5, 12)),
)

# ---- records ----

_WHATS = (*["event"] * 24, *["declare"] * 5, *["repeat", "moved"] * 2, "erase", "reject", "ignore", "misplace")


@dataclass(frozen=True)
class Drawn:
    """One record as Hypothesis draws it; times are relative to the record before."""

    what: str
    user: str
    id: str  # "": a new one
    gap_ms: int
    back_ms: int
    skew_ms: int
    text: str
    kind: str
    amount: float
    trait: Any
    earlier: int


def drawn_records(users: Sequence[str]) -> st.SearchStrategy[Drawn]:
    """One record: ties, late and early ones, gaps within the dwell, beyond it and beyond the window."""
    return st.builds(
        Drawn,
        what=st.sampled_from(_WHATS),
        user=st.sampled_from(users),
        id=st.sampled_from(("", "", "", "", *IDS)),
        gap_ms=st.sampled_from((1, 0, 0, 2, 3, 5, 0, 1, 0, 2, 1, 0, 1, 4, 9, 30, 500)),
        back_ms=st.sampled_from((0, 0, 0, 0, 0, 0, 1, 3, 9, 21, -1, -3, -9, -200)),
        skew_ms=st.sampled_from((0, 0, 0, 1, 7)),
        text=st.sampled_from(TEXTS),
        kind=st.sampled_from(("view", "buy", "wink", "é", "c")),
        amount=st.sampled_from((0.0, 2.5, -7.0, 1e9, -0.0, 0.125)),
        trait=st.sampled_from(DECLARED),
        earlier=st.integers(0, 9),
    )


def records_of(drawn: Sequence[Drawn], at_ms: int = START_MS, first: int = 0) -> tuple[Record, ...]:
    """The drawn records from `at_ms` on; offsets have gaps."""
    records: list[Record] = []
    events: list[Event] = []
    for number, draw in enumerate(drawn, start=first):
        at_ms += draw.gap_ms
        content = _content(draw, number, at_ms - draw.skew_ms - draw.back_ms, events)
        events += [content] if isinstance(content, Event) else []
        traceparent = f"00-{number + 1:032x}-{number + 1:016x}-01" if number % 3 else ""
        records.append(Record(2 * number, at_ms - draw.skew_ms, content, traceparent))
    return tuple(records)


def _content(draw: Drawn, number: int, time_ms: int, events: list[Event]) -> Content:
    fresh = Event(draw.user, draw.id or f"e{number}", draw.kind, time_ms, draw.text, draw.amount)
    earlier = events[draw.earlier % len(events)] if events else fresh
    contents: dict[str, Content] = {
        "event": fresh,
        "repeat": earlier,
        "moved": replace(earlier, user=draw.user, time_ms=time_ms),
        "declare": Declaration(draw.user, {"ads": draw.trait if number % 4 == 0 else True, "club": draw.trait}),
        "erase": Erasure(draw.user),
        "reject": Rejected(Reason.NOT_JSON, "a brace is missing"),
        "ignore": Ignored("alias"),
        "misplace": Misplaced(3),
    }
    return contents[draw.what]


# ---- stages ----


def _servings(seed: int, policy: Policy, encoder: Encoder) -> tuple[Serving | None, ...]:
    """One model, two of one space in a ramp, the second, two of different spaces in a ramp, and none."""
    one, two, other = (
        random_model(seed, policy, encoder, version, space, first)
        for version, space, first in ((1, 0, 1), (2, 0, 2), (3, 1, 11))
    )
    ramp = Serving(two, one, START_MS + 10, 60)
    return Serving(one), ramp, Serving(two), Serving(other, two, START_MS + 20, 40), None


@st.composite
def runs(draw: st.DrawFn, n_max: int = 40) -> Run:
    """A run of one to three stages; the last one may have another encoder."""
    policy, seed = draw(policies), draw(st.integers(0, 1 << 20))
    has_labels, changes_encoder = draw(st.booleans()), draw(st.integers(0, 3)) == 3
    drawn = drawn_records(draw(st.sampled_from((FEW, MANY))))
    lists = st.lists(drawn, max_size=4) | st.lists(drawn, min_size=n_max // 2, max_size=n_max)
    stages: list[Stage] = []
    at_ms, first, n_stages = START_MS, 0, draw(st.integers(1, 3))
    for number in range(n_stages):
        encoder = NEW_ENCODER if changes_encoder and number and number == n_stages - 1 else OLD_ENCODER
        records = records_of(draw(lists), at_ms, first)
        first += len(records)
        at_ms = max([at_ms, *(record.arrival_ms for record in records)])
        passes_ms = draw(st.sampled_from((0, 0, 1, 6, 31, 40, 900)))
        at_ms += passes_ms
        stages.append(
            Stage(
                records,
                draw(st.sampled_from(_servings(seed, policy, encoder))),
                at_ms if passes_ms else 0,
                draw(st.booleans()),
                encoder,
                random_labels(seed, encoder) if has_labels else NO_LABELS,
                frozenset(draw(st.sets(st.integers(1, max(1, n_max - 1)), max_size=6))),
            )
        )
    return Run(policy, tuple(stages))
