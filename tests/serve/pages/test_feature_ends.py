"""Both ends of every feature have words."""

from __future__ import annotations

import pytest

from stream.core.features import GENERAL
from stream.serve.pages.feature_ends import ends_of


@pytest.mark.parametrize("name", [*GENERAL, "share_purchase", "share_other"])
def test_the_two_ends_of_a_feature_differ(name: str) -> None:
    low, high = ends_of(name)
    assert low != high


def test_a_feature_of_another_version_has_no_words() -> None:
    assert ends_of("gone") == ("", "")
