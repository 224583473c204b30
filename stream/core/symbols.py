"""Strings that the kernel knows by number: segments, values of labels, conditions of pin rules."""

from __future__ import annotations

from stream.core.kernel.binding import kernel
from stream.core.kernel.layout import NONE
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN


class Symbols:
    """A table of strings by number, of one partition of the kernel; the reserved segments come first, in this order."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self.strings: list[str] = []
        self._numbers: dict[str, int] = {}
        for reserved in (PENDING, INACTIVE, UNKNOWN):
            self.number(reserved)

    def __len__(self) -> int:
        return len(self.strings)

    def number(self, string: str) -> int:
        """Return the number of a string, a new one for a new string."""
        known = self._numbers.get(string)
        if known is None:
            known = self._numbers[string] = len(self.strings)
            self.strings.append(string)
            data = string.encode()
            kernel().segue_symbol(self._partition, data, len(data))
        return known

    def optional(self, string: str | None) -> int:
        """Return the number of a string; NONE for None and for ""."""
        return self.number(string) if string else NONE

    def string(self, number: int) -> str | None:
        """Return the string of a number; None for NONE."""
        return None if number == NONE else self.strings[number]
