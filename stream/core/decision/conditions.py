"""Conditions on declared traits, written `trait=value`.

The value is parsed as a JSON scalar and is a string otherwise: `true` is the boolean, `"true"` and `gold` are strings.
A trait that was never declared equals no value, not even `null`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stream.core.event import Scalar

EXPECTED = "a condition `trait=value`, such as marketing=true"

_CONDITION = re.compile(r"([^=]+)=(.*)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that holds if the declared `trait` has `value`."""

    trait: str
    value: Scalar
    text: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Parse `trait=value`. Raises ValueError with the expected form."""
        found = _CONDITION.fullmatch(text)
        if found is None:
            raise ValueError(EXPECTED)
        return cls(found[1], _scalar(found[2]), text)

    def holds(self, traits: Mapping[str, Scalar]) -> bool:
        """Return True if a user with these traits meets the condition."""
        return self.trait in traits and _equal(traits[self.trait], self.value)


def _scalar(text: str) -> Scalar:
    try:
        value = json.loads(text, parse_constant=str)  # NaN and Infinity are not JSON
    except ValueError:
        return text
    return value if value is None or isinstance(value, str | int | float) else text


def _equal(a: Scalar, b: Scalar) -> bool:
    """Return True if both are equal in JSON, where true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b
