"""Builders of events, windows, segment models and records for the tests of the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from stream.core.description import Description
from stream.core.event import Content, Event, Record
from stream.core.labels import LabelHead, LabelHeads
from stream.core.policy import Clock, Policy
from stream.core.profile import quantise
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from tests.fakes import HashEncoder
from tests.specification.features import Windows, features_of, kind_code
from tests.specification.profile import profiles
from tests.specification.window import Window, columns_dtype

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
    """Return a head with one value a word, predicted with certainty for users with that word alone."""
    weight = (ENCODER.encode(values).T * sharpness).astype(np.float32)
    return LabelHead(name, tuple(values), weight, np.zeros(len(values), np.float32), threshold)


def plain_scaler(n_features: int, d: int, weight: float = 0.7) -> Scaler:
    """Return a scaler of features of mean 0 and scale 1 and texts that shrinks nothing but features."""
    spread = float(np.sqrt(max(n_features, 1)))
    zeros = np.zeros(d, np.float32)
    return Scaler(np.zeros(n_features), np.ones(n_features), spread, 1 - weight, zeros, 1.0, 0.0, weight)


def word_model(
    words: Sequence[str] = WORDS, policy: Policy = POLICY, version: int = 1, threshold: float = 0.5, first: int = 1
) -> SegmentModel:
    """Return a model with one segment a word; a user with one view of that word is on the centroid."""
    features = features_of(policy)
    scaler = plain_scaler(len(features), ENCODER.dimension, policy.semantic_weight)
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


def records_with(*contents: Content, arrival_ms: Sequence[int] = ()) -> list[Record]:
    """Records of these contents; each arrives at START_MS + its `arrival_ms`, or with its event."""
    times = [START_MS + ms for ms in arrival_ms] or [c.time_ms if isinstance(c, Event) else 0 for c in contents]
    return [Record(at, time_ms, content) for at, (time_ms, content) in enumerate(zip(times, contents, strict=True))]


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
