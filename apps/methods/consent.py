"""Consent by a declared trait, `trait=value`."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.decision.conditions import Condition
from stream.core.event import Scalar
from stream.core.setting import SettingError


class Consent:
    """Users who consent: the newest declaration of the trait has the value. Without a rule, everybody does.

    A declaration counts from the moment it is read. Published traits count for users without a declaration on
    `user-events`, which keeps events for a time only.
    """

    def __init__(self, rule: str, setting: str) -> None:
        try:
            self._rule = Condition.parse(rule) if rule else None
        except ValueError as error:
            raise SettingError.of(setting, str(error), rule) from None
        self._declared: dict[str, bool] = {}
        self._published: dict[str, bool] = {}

    def take_declared(self, user: str, traits: Mapping[str, Scalar]) -> None:
        """Take the traits of one declaration; one without the trait says nothing."""
        if self._rule and self._rule.trait in traits:
            self._declared[user] = self._rule.holds(traits)

    def take_published(self, user: str, traits: Mapping[str, Scalar]) -> None:
        """Take all traits of a user."""
        if self._rule:
            self._published[user] = self._rule.holds(traits)

    def is_given(self, user: str) -> bool:
        """Return True if the user consents."""
        return self._rule is None or self._declared.get(user, self._published.get(user, False))

    def forget(self, user: str) -> None:
        """Drop what the user declared."""
        self._declared.pop(user, None)
        self._published.pop(user, None)
