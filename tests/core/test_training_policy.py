from __future__ import annotations

from typing import Any

import pytest

from stream.core.policy import PolicyError
from stream.core.training.policy import TrainingPolicy


@pytest.mark.parametrize(
    "setting",
    [
        {"n_segments": 0}, {"n_segments": 257}, {"warm_up_samples": 11}, {"batch_samples": 0}, {"seed": -1},
        {"seed": 1 << 32}, {"unknown_rate": 1.0}, {"unknown_rate": -0.1},
    ],
)  # fmt: skip
def test_a_policy_out_of_bounds_names_the_setting(setting: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=f"{next(iter(setting))} must be .*SEGUE_"):
        TrainingPolicy(**setting)
