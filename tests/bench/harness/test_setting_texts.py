"""Settings from texts."""

from __future__ import annotations

import pytest

from bench.harness.setting_texts import settings_with
from stream.core.policy import Clock
from stream.core.setting import SettingError
from stream.settings import WorkerSettings


def test_no_texts_give_the_defaults() -> None:
    assert settings_with({}) == WorkerSettings()


def test_texts_are_read_as_the_flags_are() -> None:
    policy = settings_with({"margin": "0.2", "clock": "event", "kinds": "a, b", "half_life_ms": "5"}).policy
    assert (policy.margin, policy.clock, policy.kinds, policy.half_life_ms) == (0.2, Clock.EVENT, ("a", "b"), 5)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(SettingError, match="no setting has the name marign"):
        settings_with({"marign": "0.2"})
