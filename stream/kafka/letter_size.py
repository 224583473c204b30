"""The size of dead letters, found by trial: the topic's own limit may be smaller than the one that Segue sets."""

from __future__ import annotations

from stream.wire.dead_letters import fitted
from stream.wire.records import ProducerRecord
from stream.wire.topics import DEAD_LETTER_BYTES_MAX, DEAD_LETTERS

_SMALLEST = 16_384  # Segue's own headers take up to 5 KB


class LetterSize:
    """A limit for dead letters, halved whenever the topic refuses one as too large."""

    def __init__(self) -> None:
        self.bytes_max = DEAD_LETTER_BYTES_MAX

    def halve(self) -> bool:
        """Cut letters to half the size from now on. Return False if they are as small as can be."""
        if self.bytes_max <= _SMALLEST:
            return False
        self.bytes_max //= 2
        return True

    def fit(self, message: ProducerRecord) -> ProducerRecord:
        """Return a dead letter cut to the limit, and any other message as it is."""
        return fitted(message, self.bytes_max) if message.topic == DEAD_LETTERS else message
