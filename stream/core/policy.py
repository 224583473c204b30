"""What the operator decided: every number the core obeys, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.decision import overrides
from stream.core.decision import pins as forced

DAY_MS = 86_400_000

CLOCKS = ("wall", "event")


class PolicyError(ValueError):
    """A policy value is outside its bounds."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of window, profile and decision. Times in milliseconds.

    Raises PolicyError on construction when a value is out of bounds.
    """

    window_items: int = 32
    window_ms: int = 30 * DAY_MS
    half_life_ms: int = 7 * DAY_MS
    semantic_weight: float = 0.7
    kinds: tuple[str, ...] = ("view", "search", "post", "purchase")
    min_items: int = 3
    margin: float = 0.1
    dwell_ms: int = 60_000
    max_ahead_ms: int = 300_000
    sample_every_ms: int = DAY_MS
    clock: str = "wall"
    evidence_texts: bool = True
    force: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check("window_items", 1 <= self.window_items <= 255, "1 to 255", self.window_items)
        for name in ("window_ms", "half_life_ms", "sample_every_ms"):
            check(name, getattr(self, name) > 0, "> 0", getattr(self, name))
        for name in ("dwell_ms", "max_ahead_ms"):
            check(name, getattr(self, name) >= 0, ">= 0", getattr(self, name))
        check("semantic_weight", 0.0 <= self.semantic_weight <= 1.0, "0 to 1", self.semantic_weight)
        check("margin", 0.0 <= self.margin < 1.0, "0 to below 1", self.margin)
        check("min_items", 1 <= self.min_items <= self.window_items, "1 to window_items", self.min_items)
        check("clock", self.clock in CLOCKS, f"one of {', '.join(CLOCKS)}", self.clock)
        for rule in self.force:
            check("force", forced.read_rule(rule) is not None, forced.EXPECTED, rule)
        read = [overrides.read_override(text) for text in self.overrides]
        segments = [override.segment for override in read if override]
        for text, override in zip(self.overrides, read, strict=True):
            once = override is not None and segments.count(override.segment) == 1
            check("overrides", once, overrides.EXPECTED, text)
        check("kinds", 0 < len(set(self.kinds)) == len(self.kinds) < 255, "1 to 254 distinct names", self.kinds)


def check(name: str, ok: bool, expected: str, got: object) -> None:
    """Raises PolicyError unless `ok`; the sentence names the setting."""
    if not ok:
        raise PolicyError(f"{name} must be {expected}, got {got!r} (SEGUE_{name.upper()})")
