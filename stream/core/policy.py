"""Policy of the core: the settings of windows, profiles and decisions, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stream.core.decision import overrides
from stream.core.decision import pins as forced
from stream.core.setting import check_settings, require, setting

DAY_MS = 86_400_000

Clock = Literal["wall", "event"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of window, profile and decision. Times in milliseconds.

    Raises SettingError on construction when a value is out of bounds.
    """

    window_items: int = setting(32, "Most items that a window holds (N).", ge=1, le=255)
    window_ms: int = setting(30 * DAY_MS, "Time that an item stays in a window (T), ms.", gt=0)
    half_life_ms: int = setting(7 * DAY_MS, "Half-life of an item's weight, ms.", gt=0)
    semantic_weight: float = setting(
        0.7, "Weight of the texts in a profile, 0 to 1; the explicit features have the rest.", ge=0, le=1
    )
    kinds: tuple[str, ...] = setting(
        ("view", "search", "post", "purchase"),
        "Kinds of event whose share is a feature, comma-separated; all others are `other`.",
    )
    min_items: int = setting(3, "Fewest items before a user gets a segment.", ge=1)
    margin: float = setting(
        0.1, "Share by which a new segment must be nearer than the current one, 0 to below 1.", ge=0, lt=1
    )
    dwell_ms: int = setting(60_000, "Time that a new segment must stay nearer before the change is made, ms.", ge=0)
    max_ahead_ms: int = setting(300_000, "Time that an event may be ahead of the broker's clock, ms.", ge=0)
    sample_every_ms: int = setting(DAY_MS, "Time between two training samples of one user's profile, ms.", gt=0)
    clock: Clock = setting(
        "wall", "wall: the broker's time of each record; event: the largest event time seen, for replays."
    )
    evidence_texts: bool = setting(True, "Put the texts that moved a user into changes; without it, only their ids.")
    force: tuple[str, ...] = setting(
        (), "Segments that declared traits force, `trait=value:segment`, comma-separated; the first match counts."
    )
    overrides: tuple[str, ...] = setting(
        (), "Margins and dwell times of single segments, `segment:margin=0.2:dwell_ms=3600000`, comma-separated."
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(self.min_items <= self.window_items, "min_items", "1 to window_items", self.min_items)
        for rule in self.force:
            require(forced.read_rule(rule) is not None, "force", forced.EXPECTED, rule)
        read = [overrides.read_override(text) for text in self.overrides]
        segments = [override.segment for override in read if override]
        for text, override in zip(self.overrides, read, strict=True):
            once = override is not None and segments.count(override.segment) == 1
            require(once, "overrides", overrides.EXPECTED, text)
        distinct = 0 < len(set(self.kinds)) == len(self.kinds) < 255
        require(distinct, "kinds", "1 to 254 distinct names", self.kinds)
