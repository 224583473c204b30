"""Pin rules: a declared trait puts a user into a segment of the operator's, before any distance is compared.

A rule is written `trait=value:segment`. The value is parsed as a JSON scalar and is a string otherwise: `true` is the
boolean, `"true"` and `gold` are strings. A trait that was never declared equals no value, not even `null`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.core.event import Scalar
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN

EXPECTED = (
    "rules `trait=value:segment`, the segment an id of your own: a-z, then a-z, 0-9, _ or -, neither reserved nor "
    "like s-0001"
)

_RULE = re.compile(r"([^=]+)=(.*):([a-z][a-z0-9_-]*)")
_RESERVED = re.compile(rf"s-\d+|{PENDING}|{UNKNOWN}|{INACTIVE}")


@dataclass(frozen=True, slots=True)
class PinRule:
    """A rule that pins users to `segment` if the declared `trait` has `value`. `condition` is `trait=value`."""

    trait: str
    value: Scalar
    segment: str
    condition: str

    @classmethod
    def parse(cls, text: str) -> PinRule:
        """Parse `trait=value:segment`. Raises ValueError with the expected form."""
        found = _RULE.fullmatch(text)
        if found is None or _RESERVED.fullmatch(found[3]):
            raise ValueError(EXPECTED)
        trait, value, segment = found.groups()
        return cls(trait=trait, value=_scalar(value), segment=segment, condition=f"{trait}={value}")

    def matches(self, traits: Mapping[str, Scalar]) -> bool:
        """Return True if the rule pins a user with these traits."""
        return self.trait in traits and _equal(traits[self.trait], self.value)


def matching_pin(traits: Mapping[str, Scalar], rules: Iterable[PinRule]) -> PinRule | None:
    """Return the first rule that matches."""
    return next((rule for rule in rules if rule.matches(traits)), None)


def _scalar(text: str) -> Scalar:
    try:
        value = json.loads(text, parse_constant=str)  # NaN and Infinity are not JSON
    except ValueError:
        return text
    return value if value is None or isinstance(value, str | int | float) else text


def _equal(a: Scalar, b: Scalar) -> bool:
    """Return True if both are equal in JSON, where true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b
