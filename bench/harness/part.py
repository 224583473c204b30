"""One measurement: title, aim, sizes and function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Sizes = TypeVar("Sizes")


@dataclass(frozen=True)
class Part(Generic[Sizes]):
    """A measurement with one table. `measure` returns rows, dataclasses whose fields are the table's columns.

    `full` are the sizes of the figures to quote; `quick` shows in some minutes that the measurement works.
    """

    title: str
    aim: str
    full: Sizes
    quick: Sizes
    measure: Callable[[Sizes], Sequence[Any]]
