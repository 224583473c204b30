"""Policy of the core: the settings of windows, profiles and decisions, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stream.core.decision.conditions import Condition
from stream.core.decision.overrides import Override
from stream.core.decision.pins import PinRule
from stream.core.setting import check_settings, require, setting

DAY_MS = 86_400_000


class Clock(StrEnum):
    """A clock of partitions: the broker's time of each record, or the largest event time."""

    WALL = "wall"
    EVENT = "event"


class PublishProfiles(StrEnum):
    """A choice of the evaluations whose profile is published."""

    OFF = "off"
    CHANGES = "changes"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of window, profile and decision. Times in milliseconds.

    Raises SettingError on construction when a value is out of bounds.
    """

    window_items: int = setting(32, "Most items that a window holds (N).", ge=1, le=255)
    window_ms: int = setting(90 * DAY_MS, "Time that an item stays in a window (T), ms.", gt=0)
    half_life_ms: int = setting(60 * DAY_MS, "Half-life of an item's weight, ms.", gt=0)
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
        Clock.WALL, "wall: the broker's time of each record; event: the largest event time seen, for replays."
    )
    publish_profiles: PublishProfiles = setting(
        PublishProfiles.OFF,
        "Profiles on `user-profiles`: off; changes: one with each record on `user-segments`; always: one with each "
        "evaluation.",
    )
    evidence_texts: bool = setting(True, "Put the texts that moved a user into changes; without it, only their ids.")
    pin: tuple[PinRule, ...] = setting(
        (),
        "Segments that declared traits pin users to, `trait=value:segment`, comma-separated; the first match counts.",
        parse=PinRule.parse,
    )
    consent: tuple[Condition, ...] = setting(
        (),
        "Traits that users must have declared to be processed, `trait=value`, comma-separated; all of them must hold. "
        "Events of others are not applied, and a withdrawal erases the user.",
        parse=Condition.parse,
    )
    min_audience: int = setting(
        0, "Fewest users of a segment, by its description, for users to be put into it; 0: any.", ge=0
    )
    overrides: tuple[Override, ...] = setting(
        (),
        "Margins and dwell times of single segments, `segment:margin=0.2:dwell_ms=3600000`, comma-separated.",
        parse=Override.parse,
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(self.min_items <= self.window_items, "min_items", "1 to window_items", self.min_items)
        segments = [override.segment for override in self.overrides]
        require(len(set(segments)) == len(segments), "overrides", "one for each segment", segments)
        distinct = 0 < len(set(self.kinds)) == len(self.kinds) < 255
        require(distinct, "kinds", "1 to 254 distinct names", self.kinds)
