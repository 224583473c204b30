"""The mapping of a Segment call's fields to text, kind and amount.

A path is dotted and starts at one of ROOTS; `*` goes through a list: `properties.products.*.name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
        for path in self.text:
            root, *rest = _parts(path)
            value = getattr(call, root, None)
            if value is not None and not collect(value, rest, found):
                ignored.append(path)
        return " ".join(dict.fromkeys(found))

    def amount_of(self, call: Behaviour, ignored: list[str]) -> float:
        """Return the first readable number at the amount paths; 0 without one. Append unreadable ones to `ignored`."""
        for path in self.amount:
            root, *rest = _parts(path)
            value = getattr(call, root, None)
            for part in rest:
                value = value.get(part) if isinstance(value, dict) else None
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            amount = read_amount(value)
            if amount is not None:
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


@lru_cache(maxsize=256)
def _parts(path: str) -> list[str]:
    return path.split(".")


@lru_cache(maxsize=4096)
def _snake_case(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()
