from __future__ import annotations

from typing import Any, get_args

import pytest

from stream.core.setting import SettingError
from stream.training.values.policy import ClustererName, Criterion, TrainingPolicy

WRONG: list[dict[str, Any]] = [
    {"n_segments": -1}, {"n_segments": 257}, {"n_segments_max": 1}, {"n_segments_max": 257},
    {"k_criterion": "gap"}, {"clusterer": "birch"}, {"warm_up_samples": 0},
    {"warm_up_samples": 11, "n_segments": 12}, {"batch_samples": 0}, {"segment_users_min": 0}, {"seed": -1},
    {"seed": 1 << 32}, {"unknown_rate": -0.1}, {"unknown_rate": 1.1}, {"rare_share": 1.1}, {"churn_budget": -0.1},
    {"warn_unknown": 1.1}, {"learning_half_life_ms": 0}, {"review_ms": 0}, {"reservoir_ms": 0}, {"shadow_ms": -1},
    {"retire_after_ms": -1}, {"ramp_ms": -1}, {"warn_flips": -0.1}, {"warn_psi": -0.1}, {"warn_drift": -0.1},
    {"reservoir_users": 99},
]  # fmt: skip
AT_THE_EDGE: list[dict[str, Any]] = [
    {"n_segments": 256, "warm_up_samples": 256}, {"n_segments_max": 2}, {"n_segments_max": 256},
    {"warm_up_samples": 1}, {"batch_samples": 1}, {"seed": (1 << 32) - 1}, {"unknown_rate": 0.0},
    {"unknown_rate": 1.0}, {"churn_budget": 0.0}, {"churn_budget": 1.0}, {"shadow_ms": 0}, {"retire_after_ms": 0},
    {"warn_psi": 0.0}, {"reservoir_users": 100}, {"segment_users_min": 1}, {"review_ms": 1},
]  # fmt: skip


@pytest.mark.parametrize("setting", WRONG, ids=str)
def test_a_policy_out_of_bounds_names_the_setting(setting: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(setting))} must be .*SEGUE_"):
        TrainingPolicy(**setting)


@pytest.mark.parametrize("setting", AT_THE_EDGE, ids=str)
def test_a_policy_on_its_bounds_is_one(setting: dict[str, Any]) -> None:
    policy = TrainingPolicy(**setting)
    assert {name: getattr(policy, name) for name in setting} == setting


@pytest.mark.parametrize(
    ("wrong", "choices"),
    [({"k_criterion": "gap"}, get_args(Criterion)), ({"clusterer": "birch"}, get_args(ClustererName))],
)
def test_an_unknown_choice_is_refused_with_the_choices(wrong: dict[str, Any], choices: tuple[str, ...]) -> None:
    with pytest.raises(SettingError, match=", ".join(choices)):
        TrainingPolicy(**wrong)
