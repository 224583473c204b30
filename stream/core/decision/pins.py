"""Pin rules: a declared trait puts a user into a segment of the operator's, before any distance is compared.

A rule is written `trait=value:segment`, a condition and an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.core.decision.conditions import Condition
from stream.core.event import Scalar
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN

EXPECTED = (
    "rules `trait=value:segment`, the segment an id of your own: a-z, then a-z, 0-9, _ or -, neither reserved nor "
    "like s-0001"
)

_RULE = re.compile(r"([^=]+=.*):([a-z][a-z0-9_-]*)")
_RESERVED = re.compile(rf"s-\d+|{PENDING}|{UNKNOWN}|{INACTIVE}")


@dataclass(frozen=True, slots=True)
class PinRule:
    """A rule that pins users to `segment` if they meet the condition."""

    when: Condition
    segment: str

    @classmethod
    def parse(cls, text: str) -> PinRule:
        """Parse `trait=value:segment`. Raises ValueError with the expected form."""
        found = _RULE.fullmatch(text)
        if found is None or _RESERVED.fullmatch(found[2]):
            raise ValueError(EXPECTED)
        return cls(Condition.parse(found[1]), found[2])

    @property
    def condition(self) -> str:
        """The condition as it was written."""
        return self.when.text

    def matches(self, traits: Mapping[str, Scalar]) -> bool:
        """Return True if the rule pins a user with these traits."""
        return self.when.holds(traits)


def matching_pin(traits: Mapping[str, Scalar], rules: Iterable[PinRule]) -> PinRule | None:
    """Return the first rule that matches."""
    return next((rule for rule in rules if rule.matches(traits)), None)
