"""Pages about the system: models and lineage, health, deliveries, and the map."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from stream.serve.pages.limits import decode_health, figures_of
from stream.serve.pages.lineage_sentences import lineage_sentence
from stream.serve.pages.marketing import current, empty
from stream.serve.pages.models_view import decision_views, reason_of, timeline_of
from stream.serve.pages.renderer import Asked, Page
from stream.serve.pages.summary import newest_changes, serving_of, totals_of
from stream.serve.pages.views import RESERVED
from stream.store.queries.health import health, health_history
from stream.store.queries.models import lineage, models, promotions
from stream.store.queries.positions import positions
from stream.store.queries.samples import samples
from stream.wire.lineage import SegmentLineage
from stream.wire.promotions import SegmentPromotion

N_DECISIONS = 100
N_LINEAGE = 500
N_REVIEWS = 60
N_DELIVERED = 30
decode_promotion = msgspec.json.Decoder(SegmentPromotion).decode
decode_lineage = msgspec.json.Decoder(SegmentLineage).decode


def all_models(asked: Asked) -> Page:
    """Return models, decisions, what a waiting model would do, and the lives of segments."""
    decisions = [decode_promotion(value) for value in promotions(asked.store, N_DECISIONS)]
    events = [decode_lineage(value) for value in lineage(asked.store, N_LINEAGE)]
    summaries = models(asked.store)
    if not decisions and not summaries:
        return empty(asked, "/models", "Models")
    serving = serving_of(asked)
    values = {
        "serving": serving,
        "serving_reason": reason_of(serving) if serving else "",
        "models": summaries,
        "waiting": decision_views(asked.told_names, waiting(decisions)),
        "decisions": decision_views(asked.told_names, decisions),
        "lives": timeline_of(events, asked.told_names),
        "events": [(event, lineage_sentence(event, asked.told_names)) for event in events],
    }
    return Page("pages/models.html", "Models", "/models", values)


def waiting(decisions: list[SegmentPromotion]) -> list[SegmentPromotion]:
    """Return the newest decision of each model that is proposed or held now; decisions come the newest first."""
    last: dict[int, SegmentPromotion] = {}
    for decision in decisions:
        last.setdefault(decision.segment_model, decision)
    return [decision for decision in last.values() if decision.status in ("proposed", "held")]


def health_page(asked: Asked) -> Page:
    """Return freshness, the model in force, and every figure of health beside its limit."""
    value = health(asked.store)
    now = decode_health(value) if value else None
    found = figures_of(asked)
    reviews = [decode_health(each) for each in health_history(asked.store, N_REVIEWS)]
    values = {
        "totals": totals_of(asked),
        "freshness": asked.parts.freshness(),
        "serving": serving_of(asked),
        "waiting": waiting([decode_promotion(each) for each in promotions(asked.store, N_DECISIONS)]),
        "warnings": [figure for figure in found if figure.is_beyond],
        "health": now,
        "figures": found,
        "reviews": list(reversed(reviews)),
        "positions": positions(asked.store),
    }
    return Page("pages/health.html", "Health", "/health", values)


def deliveries(asked: Asked) -> Page:
    """Return what an audience needs: ids, counts entered and left, and the latest records with their ids."""
    if not asked.newest_ms:
        return empty(asked, "/deliveries", "Deliveries")
    values = {
        "totals": totals_of(asked),
        "rows": [*current(asked), *(row for row in asked.rows if row.retired or row.id in RESERVED)],
        "serving": serving_of(asked),
        "changes": newest_changes(asked, N_DELIVERED),
        "positions": positions(asked.store),
        "freshness": asked.parts.freshness(),
    }
    return Page("pages/deliveries.html", "Deliveries", "/deliveries", values)


def map_page(asked: Asked) -> Page:
    """Return the map of profiles, whose table counts the users placed by segment."""
    if not asked.newest_ms:
        return empty(asked, "/map", "Map")
    sampled = Counter(samples(asked.store).segments)
    values: dict[str, Any] = {
        "placed": sorted(((n, segment) for segment, n in sampled.items() if segment), reverse=True),
        "selected": asked.selected,
        "n_placed": sampled.total(),
    }
    return Page("pages/map.html", "Map", "/map", values)
