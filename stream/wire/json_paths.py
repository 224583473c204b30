"""Strings within a JSON value, by a path of keys; `*` stands for the elements of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_TEXT_CHARS_MAX = 65_536

_json = msgspec.json.Decoder()


def collect(value: Any, parts: Sequence[str], found: list[str]) -> bool:
    """Append the string, or the strings of the list, that `parts` lead to from `value`. Return False for other values.

    >>> found = []
    >>> collect({"products": [{"name": "milk"}, {"name": None}]}, ["products", "*", "name"], found), found
    (True, ['milk'])
    """
    for at, part in enumerate(parts):
        if part == "*":
            return _collect_elements(value, parts[at + 1 :], found)
        if not isinstance(value, dict):
            return False
        value = value.get(part)
        if value is None:
            return True
    if isinstance(value, str):
        found.append(value)
        return True
    if not isinstance(value, list):
        return False
    strings = [element for element in value if isinstance(element, str)]
    found += strings
    return len(strings) == len(value)


def _collect_elements(value: Any, parts: Sequence[str], found: list[str]) -> bool:
    """Collect from each element of a list: also of lists within it, of its JSON text, and of one object alone."""
    value = parse_text(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        is_list = value and all(isinstance(each, dict) for each in value.values())  # PHP has lists like {"0": …}
        value = list(value.values()) if is_list else [value]
    if not isinstance(value, list):
        return False
    understood = True
    for each in value:
        read = _collect_elements if isinstance(each, list) else collect
        understood = read(each, parts, found) and understood
    return understood


def parse_text(text: str) -> Any:
    """Return the list or object of a JSON text; the text itself if it is none."""
    if text[:1] not in ("[", "{") or len(text) > _TEXT_CHARS_MAX:
        return text
    try:
        return _json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
