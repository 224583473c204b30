"""Settings of a store: how long it keeps changes, and how many users' profiles."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import DAY_MS
from stream.core.setting import check_settings, setting


@dataclass(frozen=True, slots=True)
class StorePolicy:
    """Limits of a store. Raises SettingError on construction when a value is out of bounds."""

    keep_ms: int = setting(
        90 * DAY_MS,
        "Time that a store keeps changes, flows and health, in whole days before its newest decision, ms.",
        ge=DAY_MS,
    )
    keep_profiles: int = setting(
        50_000,
        "Most users whose newest profile a store keeps for maps and look-alikes, always the same users.",
        ge=0,
        le=1_000_000,
    )

    def __post_init__(self) -> None:
        check_settings(self)
