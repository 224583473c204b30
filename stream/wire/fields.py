"""The mapping of a Segment call's fields to text, kind and amount.

A path is dotted and starts at one of ROOTS; `*` goes through a list: `properties.products.*.name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from stream.wire.amounts import read_amount
from stream.wire.calls import Behaviour
from stream.wire.json_paths import collect

ROOTS = ("event", "name", "category", "properties", "context")
KIND_CHARS_MAX = 64

SEGMENT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "Products Searched": "search",
        "Product Viewed": "view",
        "Product Clicked": "view",
        "Product List Viewed": "view",
        "Product List Filtered": "view",
        "Order Completed": "purchase",
    }
)  # names of Segment's e-commerce spec, https://segment.com/docs/connections/spec/ecommerce/v2/


class FieldsError(ValueError):
    """An invalid path or number in Fields."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A field mapping for Segment calls. Raises FieldsError on construction if a path or number is invalid."""

    text: tuple[str, ...] = (
        "properties.query",
        "properties.text",
        "properties.title",
        "properties.name",
        "properties.category",
        "properties.products.*.name",
        "properties.products.*.category",
        "name",
        "category",
    )
    amount: tuple[str, ...] = ("properties.revenue", "properties.total", "properties.value", "properties.price")
    kinds: Mapping[str, str] = field(default_factory=lambda: SEGMENT_KINDS)
    page_kind: str = "view"
    default_kind: str = "other"
    max_text_chars: int = 512

    def __post_init__(self) -> None:
        for path in (*self.text, *self.amount):
            if "" in path.split(".") or path.split(".")[0] not in ROOTS:
                raise FieldsError(f"a path must start with one of {', '.join(ROOTS)}, got {path!r}")
        for path in self.amount:
            if "*" in path.split("."):
                raise FieldsError(f"a path to an amount must lead to one value (no *), got {path!r}")
        if self.max_text_chars < 1:
            raise FieldsError(f"max_text_chars must be > 0, got {self.max_text_chars} (SEGUE_MAX_TEXT_CHARS)")
        if not self.page_kind or not self.default_kind:
            raise FieldsError("page_kind and default_kind must not be empty")

    def text_of(self, call: Behaviour, ignored: list[str]) -> str:
        """Return the distinct strings at the text paths, in the order of the paths, joined by a space.

        Append the paths at which there is something else to `ignored`.
        """
        found: list[str] = []
        for root, branches in _by_root(self.text):
            value = getattr(call, root, None)
            if value is None:
                continue
            is_object = type(value) is dict
            for path, key, parts in branches:
                if is_object and key is not None:
                    inner = value.get(key)
                    if inner is None:
                        continue
                    if type(inner) is str and len(parts) == 1:  # nearly always
                        found.append(inner)
                        continue
                if not collect(value, parts, found):
                    ignored.append(path)
        return found[0] if len(found) == 1 else " ".join(dict.fromkeys(found))

    def amount_of(self, call: Behaviour, ignored: list[str]) -> float:
        """Return the first readable number at the amount paths; 0 without one. Append unreadable ones to `ignored`."""
        for root, branches in _by_root(self.amount):
            value = getattr(call, root, None)
            if value is None:
                continue
            for path, _, parts in branches:
                inner = value
                for part in parts:
                    inner = inner.get(part) if type(inner) is dict else None
                if inner is None or (type(inner) is str and not inner.strip()):
                    continue
                if (amount := read_amount(inner)) is not None:
                    return amount
                ignored.append(path)
        return 0.0

    def kind_of(self, name: str | None) -> str:
        """Return the kind of an event name. A name missing in `kinds` becomes snake_case, cut to 64 characters.

        >>> Fields().kind_of("Order Completed"), Fields().kind_of("Video Playback Started"), Fields().kind_of(None)
        ('purchase', 'video_playback_started', 'other')
        """
        if not name:
            return self.default_kind
        return self.kinds.get(name) or _snake_case(name[:KIND_CHARS_MAX]) or self.default_kind

    def clean(self, text: str) -> str:
        """Collapse whitespace to single spaces, strip, and cut after `max_text_chars` characters."""
        n_max = self.max_text_chars
        words = text.split(None, n_max)[:n_max]  # more words can not fit, so a text of a megabyte is not split whole
        return " ".join(words)[:n_max].rstrip()


_Branch = tuple[str, str | None, tuple[str, ...]]  # a path, its first key unless that is *, its parts below the root


@lru_cache(maxsize=256)
def _by_root(paths: tuple[str, ...]) -> tuple[tuple[str, tuple[_Branch, ...]], ...]:
    """Return the paths in their order, those of one root after another together."""
    split = [(path, *path.split(".")) for path in paths]
    return tuple((root, tuple(_branch(*each) for each in together)) for root, together in groupby(split, itemgetter(1)))


def _branch(path: str, _: str, *parts: str) -> _Branch:
    return path, parts[0] if parts and parts[0] != "*" else None, parts


@lru_cache(maxsize=4096)
def _snake_case(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()
