"""Templates escape what they show, and a missing name is an error."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from stream.web.environment import environment


def test_a_value_is_escaped() -> None:
    shown = environment().from_string("<b>{{ name }}</b>").render(name="<script>alert(1)</script>")
    assert shown == "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>"


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing_of_this_name }}").render()


def test_figures_are_filters() -> None:
    assert environment().from_string("{{ 1234|count }} {{ 0.5|percent }}").render() == "1,234 50%"
