"""Lineage of segments, promotions, and segment models."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from stream.core.segment_model import SegmentModel
from stream.store.store import Store
from stream.wire.promotions import SegmentPromotion
from stream.wire.segment_models import SegmentModelError, load_segment_model
from stream.wire.topics import SEGMENT_LINEAGE, SEGMENT_PROMOTIONS


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A segment model on the topic; `refused` says why it cannot be read, else empty. `serves`: it decides now."""

    version: int
    encoder: str
    made_ms: int
    n_segments: int
    objective: float
    refused: str
    serves: bool


def lineage(store: Store, limit: int) -> list[bytes]:
    """Return events of `segment-lineage`, the newest first."""
    return newest_events(store, SEGMENT_LINEAGE, limit)


def promotions(store: Store, limit: int, status: str | None = None) -> list[bytes]:
    """Return decisions of `segment-promotions`, the newest first, of one status if given."""
    return newest_events(store, SEGMENT_PROMOTIONS, limit, status)


def newest_events(store: Store, kind: str, limit: int, status: str | None = None) -> list[bytes]:
    """Return events of one kind, the newest first."""
    found = store.rows(
        "SELECT value FROM events WHERE kind = ? AND (? IS NULL OR status = ?) ORDER BY no DESC LIMIT ?",
        *(kind, status, status, limit),
    )
    return [value for (value,) in found]


def serving_decision(store: Store) -> SegmentPromotion | None:
    """Return the last decision that changed the serving model; None before the first."""
    value = store.fact("serving")
    return None if value is None else msgspec.json.decode(value, type=SegmentPromotion)


def serving_model(store: Store) -> SegmentModel | None:
    """Return the model that serves, or the one before while it cannot be read; None without either."""
    decision = serving_decision(store)
    if decision is None:
        return None
    return model(store, decision.segment_model) or model(store, decision.previous_model)


def model(store: Store, version: int) -> SegmentModel | None:
    """Return a model of the topic; None if it is not there or cannot be read."""
    found = store.row("SELECT value FROM models WHERE version = ?", version)
    try:
        return load_segment_model(found[0]) if found else None
    except SegmentModelError:
        return None


def models(store: Store) -> list[ModelSummary]:
    """Return a summary of each model on the topic, the newest version first."""
    decision = serving_decision(store)
    serving = decision.segment_model if decision else None
    found = store.rows(
        "SELECT version, encoder, made_ms, n_segments, objective, refused FROM models ORDER BY version DESC"
    )
    return [ModelSummary(v, encoder, ms, n, j, refused, v == serving) for v, encoder, ms, n, j, refused in found]
