"""A store of hand-made records, and the application over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from starlette.testclient import TestClient

from stream.core.transition import Rule
from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Explain, Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State
from stream.store.replayed import ReplayedStore
from stream.training.values.health import Figure
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Cause, Status, Trigger
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.descriptions import SegmentDescription, TypicalPhrase, UnusualFeature
from stream.wire.health import ExceededFigure, SegmentFigures, SegmentsHealth, SegmentsWarning
from stream.wire.lineage import PromotionLineage, SegmentLineage
from stream.wire.memberships import PredictedLabel, SegmentWeight, UserSegment
from stream.wire.promotions import PromotionTransition, SegmentPromotion
from stream.wire.records import ProducerRecord
from stream.wire.topics import (
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_SEGMENTS,
)
from tests.serve.pages.records import HOSTILE, HOUR_MS, NAMES, T0, change

LONG_USER, ARABIC_USER, HOSTILE_USER = "x" * 256, "مستخدم/١", f"{HOSTILE}&a=b#c"
N_ANN = 25  # changes of the user ann: more than one page
IDENTITY = Identity(True, "salt", b"k" * 32)
HASHED = Identity(False, "salt", b"k" * 32)


def changes() -> list[SegmentChange]:
    """Return the changes of all users, in order of time."""
    found = [change("ann", 1, "pending", "s-0001", T0 - 30 * HOUR_MS, rule=Rule.ENTERED)]
    for n in range(2, N_ANN + 1):
        pair = ("s-0001", "s-0002") if n % 2 == 0 else ("s-0002", "s-0001")
        found.append(change("ann", n, *pair, T0 - (N_ANN - n) * HOUR_MS))
    found += [change(user, 1, "s-0001", "s-0003", T0 + 1) for user in (LONG_USER, ARABIC_USER, HOSTILE_USER)]
    found.append(change("eve", 1, "s-0003", "unknown", T0 + 2, rule=Rule.UNKNOWN))
    found.append(change("zoe", 4, "s-0001", "inactive", T0 + 3, margin=None, rule=Rule.INACTIVE))
    found.append(change("gone", 1, "pending", "s-0001", T0 + 4))
    return found


def records() -> Iterator[ProducerRecord]:
    """Yield records of every topic; the user `gone` is erased at the end."""
    for segment in ("s-0001", "s-0002", "s-0003", "s-0004"):
        entry = CatalogueEntry(segment, 1, description(segment), retired=segment == "s-0004")
        yield _record(SEGMENTS, segment, entry)
    yield _record(SEGMENT_PROMOTIONS, "1", promotion(1, Status.PROMOTED, Cause.WARM_UP))
    yield _record(SEGMENT_MODEL, "serving", promotion(1, Status.PROMOTED, Cause.WARM_UP))
    yield _record(SEGMENT_PROMOTIONS, "2", promotion(2, Status.HELD, Cause.OVER_BUDGET))
    split = ("s-0001", LineageEvent.SPLIT, (), 1, 0.3, ("s-0001", "s-0002"), (0.55, 0.45))
    yield _record(SEGMENT_LINEAGE, "s-0001", SegmentLineage(*split, T0 - HOUR_MS))
    for each in changes():
        yield _record(SEGMENT_CHANGES, each.user, each)
        yield _record(USER_SEGMENTS, each.user, user_segment(each))
    yield _record(SEGMENT_HEALTH, "health", health())
    yield _record(SEGMENT_HEALTH, "warning", SegmentsWarning(T0, 1, Figure.UNKNOWN, "", 0.125, 0.05))
    yield ProducerRecord(USER_SEGMENTS, b"gone", None, [])


def description(segment: str) -> SegmentDescription:
    """Return the description of a segment; that of s-0003 has a very long text without blanks."""
    return SegmentDescription(
        name=NAMES.get(segment, segment),
        edited=segment == "s-0002",
        phrases=(TypicalPhrase("strained peaches", 3.1), TypicalPhrase(HOSTILE, 2.0)),
        texts=("قهوة عربية", "w" * 600),
        behaviour=("weekends",),
        n_users=10,
        share=0.2,
        trend=-0.5,
        rare=segment == "s-0003",
        cohesion=0.7,
        effective_size=9.0,
        features=(UnusualFeature("weekend_share", 1.25), UnusualFeature("recency", -0.5)),
        typical=("5f3a",),
        boundary=("77c1",),
    )


def user_segment(change: SegmentChange) -> UserSegment:
    """Return the record of the user after a change."""
    return UserSegment(
        user=change.user,
        segment=change.to,
        since_ms=change.decision_time_ms,
        sequence=change.sequence,
        segment_model=1,
        encoder="e1",
        traits={"country": "NL", "consent": True, "note": HOSTILE},
        predicted={"age": PredictedLabel("19-24", 0.8, True), "kids": PredictedLabel(None, 0.4, False)},
        label_heads="h1",
        soft_membership=(SegmentWeight("s-0001", NAMES["s-0001"], 0.6), SegmentWeight("s-0002", HOSTILE, 0.3)),
    )


def promotion(version: int, status: Status, cause: Cause) -> SegmentPromotion:
    """Return a decision on a model, with one move that it causes."""
    return SegmentPromotion(
        segment_model=version,
        previous_model=version - 1,
        status=status,
        trigger=Trigger.AUTOMATIC,
        cause=cause,
        reason=f"a reason of model {version}",
        command_id="",
        changes=(),
        time_ms=T0 - 20 * HOUR_MS + version,
        ramp_ms=0,
        n_sampled=400,
        share_moved=0.25,
        share_entered=0.01,
        churn_budget=0.1,
        transitions=(PromotionTransition("s-0001", "s-0002", 37, 0.25),),
        lineage=(PromotionLineage("s-0001", LineageEvent.MERGED, ("s-0001", "s-0002"), version, 0.5, (), (1.0, 0.9)),),
        auto_promotion_paused=False,
    )


def health() -> SegmentsHealth:
    """Return the health of a review with one figure beyond its limit."""
    return SegmentsHealth(
        time_ms=T0,
        segment_model=1,
        n_users=400,
        objective=0.81,
        unknown_share=0.125,
        flips_per_user_day=0.02,
        psi_features={"recency": 0.11},
        psi_segments=0.04,
        n_clusters=3,
        segments=(SegmentFigures("s-0001", 300, 0.75, 90.0, 0.7, 0.12, rare=False),),
        warnings=(ExceededFigure(Figure.UNKNOWN, ""),),
    )


def store_of(path: Path, messages: Iterator[ProducerRecord]) -> Path:
    """Write records into a store at `path`, and return the path."""
    store = ReplayedStore(path)
    for message in messages:
        store.take(message)
    store.close()
    return path


def client_of(path: Path, identity: Identity = IDENTITY, explain: Explain | None = None) -> TestClient:
    """Return a client of the application over a store."""
    fresh = Freshness(State.LIVE, 3, 400, T0, 1, "")
    parts = Parts(path, lambda: fresh, ServeSettings(), identity, lambda: T0, explain)
    return TestClient(build_app(parts), base_url="http://127.0.0.1", raise_server_exceptions=False)


def _record(topic: str, key: str, value: msgspec.Struct) -> ProducerRecord:
    return ProducerRecord(topic, key.encode(), msgspec.json.encode(value), [])
