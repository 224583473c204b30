"""The protocol of text encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stream.core.arrays import Vectors


class Encoder(Protocol):
    """An encoder of texts as vectors. A vector depends on the text and `version` alone, to the last bit.

    Other texts of the call, their order and number, and earlier calls have no effect.
    """

    version: str  # 12 hex digits of a SHA-256 over everything that determines the vectors
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return finite vectors, (n, dimension) float32, in the order of `texts`.

        The L2 norm of a row, in [0, 1], is the weight of its text in a profile: 0 for a text without content. A model
        without learned norms gives 1 to every other text.
        """
        ...
