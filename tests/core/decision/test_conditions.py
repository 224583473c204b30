"""Conditions on declared traits: parsing and equality, by hand."""

from __future__ import annotations

import pytest

from stream.core.decision.conditions import Condition
from stream.core.event import Scalar


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ("marketing=true", [True], [1, "true", False, None]),
        ("consent=1", [1, 1.0], [True, "1"]),
        ("consent=yes", ["yes"], ["Yes", True]),
        ('consent="true"', ["true"], [True]),
        ("consent=a=b", ["a=b"], ["a"]),
        ("consent=", [""], [None]),
    ],
)
def test_a_condition_holds_for_its_value_only(text: str, holds: list[Scalar], fails: list[Scalar]) -> None:
    condition = Condition.parse(text)
    assert all(condition.holds({condition.trait: value}) for value in holds)
    assert not any(condition.holds({condition.trait: value}) for value in fails)
    assert not condition.holds({})


@pytest.mark.parametrize("text", ["", "marketing", "=true"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="trait=value"):
        Condition.parse(text)
