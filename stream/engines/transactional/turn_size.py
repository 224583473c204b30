"""The number of records that a turn may take.

A turn takes what has arrived and never waits for more, so turns are short under a light load. Under a heavy one a long
turn shares one transaction among many records. Texts that were not encoded before make a turn slow: time bounds it too.
"""

from __future__ import annotations

_FIRST = 1_000  # records, while the speed is unknown
_LONG_S = 1.0  # transaction and poll interval leave more; a longer turn gains nothing, and its records wait
_FEWEST = 100  # for the sake of time alone


class TurnSize:
    """A bound on the records of the next turn, at most `most`: `n_max` follows how long turns take."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.n_max = min(_FIRST, most)

    def delivered(self, n_records: int, seconds: float) -> None:
        """Take more after a short turn, and after a long one as many as would have taken `_LONG_S`."""
        if seconds > _LONG_S:
            fitting = max(_FEWEST, int(n_records * _LONG_S / seconds))
            self.n_max = min(self.n_max, fitting)
        elif seconds <= _LONG_S / 2:
            self.n_max = min(self._most, 2 * self.n_max)

    def aborted(self) -> None:
        """Take half as many: a transaction must end in time."""
        self.n_max = max(1, self.n_max // 2)
