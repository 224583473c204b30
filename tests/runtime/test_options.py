"""The options of every engine: bounds, and the names made of them."""

from __future__ import annotations

from socket import gethostname
from typing import Any

import pytest

from stream.core.setting import SettingError
from stream.runtime.options import HOSTNAME, EngineOptions


@pytest.mark.parametrize(
    ("name", "outside", "inside"),
    [
        ("group", "", "g"),
        ("group", "g" * 101, "g" * 100),
        ("group", "a/b", "A.b_c-1"),
        ("group", "käse", "kaese"),
        ("guarantee", "at-most-once", "at-least-once"),
        ("batch_records", 0, 1),
        ("poll_ms", 0, 1),
        ("batch_records", 1_000_001, 1_000_000),  # the most that the client fetches in one call
        ("poll_ms", 60_001, 60_000),
        ("session_timeout_ms", 1499, 1500),
        ("session_timeout_ms", 1_800_001, 1_800_000),  # the brokers' default limit
        ("transaction_timeout_ms", 86_400_001, 86_400_000),
        ("instance", "one two", "one-two"),
        ("instance", "i" * 201, "i" * 200),
        ("transaction_timeout_ms", 999, 1000),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_its_name(name: str, outside: object, inside: object) -> None:
    options: Any = EngineOptions
    assert getattr(options(**{name: inside}), name) == inside
    with pytest.raises(SettingError, match=name):
        options(**{name: outside})


def test_the_consumer_group_of_a_job_has_the_name_of_the_deployment() -> None:
    assert EngineOptions(group="shop").group_of("train") == "shop-train"


@pytest.mark.parametrize(
    ("instance", "name", "member"),
    [("", "", ""), ("w1", "w1", "w1-segment"), (HOSTNAME, gethostname(), f"{gethostname()}-segment")],
    ids=["none", "given", "hostname"],
)
def test_a_stable_name_makes_a_static_member(instance: str, name: str, member: str) -> None:
    options = EngineOptions(instance=instance)
    assert (options.name(), options.instance_of("segment")) == (name, member)
