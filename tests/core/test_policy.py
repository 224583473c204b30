from __future__ import annotations

from typing import Any

import pytest

from stream.core.decision.overrides import Override
from stream.core.decision.pins import PinRule
from stream.core.policy import DAY_MS, Clock, Policy
from stream.core.setting import SettingError


@pytest.mark.parametrize(
    "setting",
    [
        {"window_items": 0}, {"window_items": 256}, {"window_ms": 0}, {"half_life_ms": 0}, {"half_life_ms": -5},
        {"sample_every_ms": 0}, {"dwell_ms": -1}, {"max_ahead_ms": -1}, {"semantic_weight": 1.01},
        {"semantic_weight": -0.01}, {"semantic_weight": float("nan")}, {"margin": 1.0}, {"margin": -0.1},
        {"min_items": 0}, {"min_items": 33}, {"clock": "sundial"}, {"kinds": ()}, {"kinds": ("view", "view")},
        {"kinds": tuple(map(str, range(255)))},
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_by_name(setting: dict[str, Any]) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(SettingError) as refused:
        Policy(**setting)
    assert str(refused.value).startswith(f"{name} must be ")
    assert f"got {value!r} (SEGUE_{name.upper()})" in str(refused.value)


@pytest.mark.parametrize(
    "setting",
    [
        {"window_items": 255}, {"window_items": 1, "min_items": 1}, {"window_ms": 1}, {"dwell_ms": 0},
        {"max_ahead_ms": 0}, {"semantic_weight": 0.0}, {"semantic_weight": 1.0}, {"margin": 0.0}, {"min_items": 32},
        {"clock": Clock.EVENT}, {"pin": (PinRule.parse("a=1:mine"),)}, {"overrides": (Override("s-0001", margin=0.0),)},
        {"kinds": tuple(map(str, range(254)))},
    ],
)  # fmt: skip
def test_the_bounds_themselves_are_allowed(setting: dict[str, Any]) -> None:
    policy = Policy(**setting)
    assert {name: getattr(policy, name) for name in setting} == setting


def test_a_day_has_its_milliseconds() -> None:
    assert DAY_MS == 24 * 60 * 60 * 1000
