"""The seam to any text model: one method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns texts into vectors. The vector of a text depends on the text and `version` alone, to the last bit:
    not on the other texts of the call, their order, their number, or what was encoded before."""

    version: str  # first 12 hex digits of the model file's SHA-256
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) float32, rows L2-normalised, in the order of `texts`; (0, dimension) for none."""
        ...
