"""Strings are found along a path, however a list was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.wire.json_paths import collect, parse_text

PATH = ["products", "*", "name"]


@pytest.mark.parametrize(
    ("products", "names", "understood"),
    [
        ([{"name": "milk"}, {"name": "tea"}], ["milk", "tea"], True),
        ([{"name": "milk"}, {"sku": 1}], ["milk"], True),
        ([[{"name": "milk"}], [{"name": "tea"}]], ["milk", "tea"], True),
        ({"name": "milk"}, ["milk"], True),
        ({"0": {"name": "milk"}, "1": {"name": "tea"}}, ["milk", "tea"], True),
        (json.dumps([{"name": "milk"}]), ["milk"], True),
        (json.dumps({"name": "milk"}), ["milk"], True),
        ([{"name": ["milk", "tea"]}], ["milk", "tea"], True),
        (None, [], True),
        ([], [], True),
        ({}, [], True),
        ([{"name": "milk"}, "odd", 7], ["milk"], False),
        ([{"name": 7}], [], False),
        ([{"name": ["milk", 7]}], ["milk"], False),
        ("milk", [], False),
        ("[{", [], False),
        (7, [], False),
        (True, [], False),
    ],
)
def test_names_of_products_are_found(products: Any, names: list[str], understood: bool) -> None:
    found: list[str] = []
    assert collect({"products": products}, PATH, found) is understood
    assert found == names


def test_a_path_through_something_else_than_an_object_is_not_understood() -> None:
    assert not collect({"page": "title"}, ["page", "title"], [])
    assert collect({"page": None}, ["page", "title"], [])


def test_only_a_list_or_an_object_is_read_from_a_text() -> None:
    assert parse_text('[{"a": 1}]') == [{"a": 1}]
    for text in ("7", "true", "[", '"a"', "[" * 60_000, "[" + " " * 70_000 + "]"):
        assert parse_text(text) == text
