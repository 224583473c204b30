"""Force rules: who declared a trait is in a segment of the operator's, before any distance is looked at.

A rule is `trait=value:segment`. The value is read as a JSON scalar and else is a string: `true` is the boolean, while
`"true"` and `gold` are strings. A trait that was never declared equals no value, not even `null`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from stream.core.event import Scalar
from stream.core.reserved import INACTIVE, UNKNOWN, WARMING

EXPECTED = (
    "rules `trait=value:segment`, the segment an id of your own: a-z, then a-z, 0-9, _ or -, neither reserved nor "
    "like s-0001"
)

_RULE = re.compile(r"([^=]+)=(.*):([a-z][a-z0-9_-]*)")
_TAKEN = re.compile(rf"s-\d+|{WARMING}|{UNKNOWN}|{INACTIVE}")


@dataclass(frozen=True, slots=True)
class ForceRule:
    """Who declared `value` for `trait` is in `segment`; `by` is the rule as written, without the segment."""

    trait: str
    value: Scalar
    segment: str
    by: str

    def holds(self, traits: Mapping[str, Scalar]) -> bool:
        """Whether these are the traits of somebody whom the rule is about."""
        return self.trait in traits and _same(traits[self.trait], self.value)


def read_rule(text: str) -> ForceRule | None:
    """The rule that `text` is; None if it is not EXPECTED."""
    found = _RULE.fullmatch(text)
    if found is None or _TAKEN.fullmatch(found[3]):
        return None
    return ForceRule(found[1], _scalar(found[2]), found[3], f"{found[1]}={found[2]}")


@lru_cache(maxsize=8)
def force_rules(texts: tuple[str, ...]) -> tuple[ForceRule, ...]:
    """The rules that well-formed texts are."""
    return tuple(rule for rule in map(read_rule, texts) if rule)


def forced(traits: Mapping[str, Scalar], rules: tuple[ForceRule, ...]) -> ForceRule | None:
    """The first rule that holds."""
    return next((rule for rule in rules if rule.holds(traits)), None)


def _scalar(text: str) -> Scalar:
    try:
        value = json.loads(text, parse_constant=str)  # NaN and its like are no JSON
    except ValueError:
        return text
    return value if value is None or isinstance(value, str | int | float) else text


def _same(a: Scalar, b: Scalar) -> bool:
    """Equal in JSON, where true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b
