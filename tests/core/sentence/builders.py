"""Evidence, certainties and changes for the tests of sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.output import Certainty, Change, Evidence, MovingFeature, MovingItems, Quality
from stream.core.transition import Rule

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def items(
    text: str, n: int = 1, *kinds: str, first_ms: int = 0, last_ms: int = 0, contribution: float = 0.4
) -> MovingItems:
    """N items of one text, purchases by default."""
    ids = tuple(f"{text}-{number}" for number in range(n))
    return MovingItems(text, kinds or ("purchase",), ids, first_ms, last_ms, contribution)


def feature(words: str, contribution: float = 0.3) -> MovingFeature:
    """Return a feature with these words."""
    return MovingFeature("weekend_share", words, 0.9, 1.5, contribution)


def evidence(*moving: MovingItems | MovingFeature, semantic: float = 0.8) -> Evidence:
    """Return evidence of items and features in this order; the texts have the share `semantic`."""
    return Evidence(
        tuple(each for each in moving if isinstance(each, MovingItems)),
        tuple(each for each in moving if isinstance(each, MovingFeature)),
        semantic,
    )


def certainty(nearest: str = "baby", runner_up: str = "frozen", margin: float = 0.08) -> Certainty:
    """Return distances of segments whose names are written with a capital."""
    return Certainty(nearest, nearest.title(), 0.9, 1.2, runner_up, runner_up.title(), 1.0, margin, None)


PEACHES = evidence(items("strained peaches", 2), items("diapers", 1, last_ms=2 * DAY_MS))
CHANGE = Change(
    user="7",
    sequence=2,
    from_segment="snacks",
    to_segment="baby",
    from_name="Snacks",
    to_name="Baby",
    rule=Rule.MARGIN_AND_DWELL,
    certainty=certainty(),
    margin_required=0.1,
    dwell_ms=61_000,
    dwell_required_ms=60_000,
    evidence=PEACHES,
    n_items=9,
    event_time_ms=1_699_999_999_000,
    decision_time_ms=1_700_000_000_000,  # 2023-11-14 22:13:20 UTC
    segment_model=3,
    encoder="0123456789ab",
    quality=Quality.FULL,
)


def changed(rule: Rule = Rule.MARGIN_AND_DWELL, from_: str = "snacks", to: str = "baby", **fields: Any) -> Change:
    """Return the change between two segments by a rule; names are ids with a capital, except reserved ones."""
    ends = {"from_segment": from_, "from_name": from_.title(), "to_segment": to, "to_name": to.title()}
    return replace(CHANGE, rule=rule, **(ends | fields))
