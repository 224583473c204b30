"""Comparison of a published change with the one decided again, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from stream.core.output import Change
from stream.explain.explanation import Difference
from stream.wire.changes import SegmentChange, change_message

_ABSENT = object()


def published_form(change: Change) -> SegmentChange:
    """Return a change as it would be on `segment-changes`."""
    return msgspec.json.decode(change_message(change).value or b"", type=SegmentChange)


def differences(published: SegmentChange, recomputed: SegmentChange) -> tuple[Difference, ...]:
    """Return the fields that differ in any bit, by path; the sentence last, since it follows from the others."""
    found = list(_differing("", msgspec.to_builtins(published), msgspec.to_builtins(recomputed)))
    return tuple(sorted(found, key=lambda each: each.field == "summary"))


def _differing(path: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in [*one, *(name for name in other if name not in one)]:
            yield from _differing(f"{path}.{name}".lstrip("."), one.get(name, _ABSENT), other.get(name, _ABSENT))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differing(f"{path}[{at}]", left, right)
    elif one != other:
        yield Difference(path, _json(one), _json(other))


def _json(value: Any) -> str:
    return "" if value is _ABSENT else msgspec.json.encode(value).decode()
