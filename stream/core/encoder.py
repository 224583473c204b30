"""The seam to any text model: one method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns texts into vectors. The vector of a text depends on the text and `version` alone, to the last bit:
    not on the other texts of the call, their order, their number, or what was encoded before."""

    version: str  # 12 hex digits of a SHA-256 of all that the vectors depend on
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) float32 in the order of `texts`, finite; (0, dimension) for none. A row's length, in [0, 1],
        is the weight of its text in a profile: 0 for a text that says nothing, 1 for every other where the model has
        not learned lengths."""
        ...
