"""Consent by a declared trait: the newest declaration counts."""

from __future__ import annotations

import pytest

from apps.methods.consent import Consent
from stream.core.setting import SettingError


def test_without_a_rule_everybody_consents() -> None:
    assert Consent("", "marketing_consent").is_given("ann")


def test_nobody_consents_who_has_declared_nothing() -> None:
    assert not Consent("ads=true", "marketing_consent").is_given("ann")


def test_a_withdrawal_counts_at_once_and_older_published_traits_do_not_undo_it() -> None:
    consent = Consent("ads=true", "marketing_consent")
    consent.take_published("ann", {"ads": True})
    assert consent.is_given("ann")
    consent.take_declared("ann", {"ads": False})
    consent.take_published("ann", {"ads": True})
    assert not consent.is_given("ann")


@pytest.mark.parametrize("value", [None, "true", 1, False])
def test_another_value_is_no_consent(value: str | int | None) -> None:
    consent = Consent("ads=true", "marketing_consent")
    consent.take_declared("ann", {"ads": value})
    assert not consent.is_given("ann")


def test_a_declaration_of_other_traits_says_nothing() -> None:
    consent = Consent("ads=true", "marketing_consent")
    consent.take_declared("ann", {"ads": True})
    consent.take_declared("ann", {"country": "NL"})
    assert consent.is_given("ann")


def test_a_forgotten_user_has_declared_nothing() -> None:
    consent = Consent("ads=true", "marketing_consent")
    consent.take_declared("ann", {"ads": True})
    consent.take_published("ann", {"ads": True})
    consent.forget("ann")
    assert not consent.is_given("ann")


def test_a_rule_without_a_value_is_refused_with_the_setting() -> None:
    with pytest.raises(SettingError, match="SEGUE_MARKETING_CONSENT"):
        Consent("ads", "marketing_consent")
