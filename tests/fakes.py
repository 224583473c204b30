"""Small stand-ins for the ports; each passes the same contract suite as the real thing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray


class HashEncoder:
    """An Encoder without a model: texts become random-looking unit vectors, equal texts equal ones.

    >>> HashEncoder(dimension=4).encode(["milk"]).shape
    (1, 4)
    """

    def __init__(self, dimension: int = 16, version: str = "hash") -> None:
        self.version = version
        self.dimension = dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) float32, rows L2-normalised, in the order of `texts`; (0, dimension) for none."""
        return np.array([self._vector(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def _vector(self, text: str) -> NDArray[np.float64]:
        seed = int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
        vector = np.random.default_rng(seed).normal(size=self.dimension)
        return vector / np.linalg.norm(vector)
