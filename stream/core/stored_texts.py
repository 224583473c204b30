"""Quantised vectors of recent texts: most texts of a stream come again, and are then neither encoded nor quantised."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.core.profile import quantise

TEXTS_MAX = 65_536  # 9 MB at 128 dimensions


class StoredTexts:
    """Vectors of an encoder's recent texts as `(n, width) int8`, padded, and a scale each.

    When it is full, it begins anew: a text's vector depends on the text alone, so nothing but time is lost.
    """

    def __init__(self, encoder: Encoder, width: int) -> None:
        self._encode, self._count_hits = encoder.encode, getattr(encoder, "count_hits", None)
        self._version, self._dimension, self._width = encoder.version, encoder.dimension, width
        self._row_of: dict[str, int] = {}
        self._vectors = np.zeros((1, width), np.int8)
        self._scales: Vectors = np.zeros(1, np.float32)
        self._clear()

    def vectors(self, texts: Sequence[str]) -> tuple[NDArray[np.int8], Vectors]:
        """Return the vectors and scales of distinct texts; the empty text has the zero vector."""
        rows = [self._row_of.get(text) for text in texts]
        if missing := [text for text, row in zip(texts, rows, strict=True) if row is None]:
            if len(self._row_of) + len(missing) > TEXTS_MAX:
                self._clear()
                missing = [text for text in texts if text]
            self._add(missing)
            rows = [self._row_of[text] for text in texts]
        if self._count_hits and len(texts) > len(missing):
            self._count_hits(len(texts) - len(missing))
        found = np.array(rows, np.intp)
        return self._vectors[found], self._scales[found]

    def _add(self, texts: list[str]) -> None:
        encoded = self._encode(texts)
        if encoded.shape != (len(texts), self._dimension) or not np.isfinite(encoded).all():
            raise ValueError(f"encoder {self._version} made vectors that are not finite or not of its dimension")
        found, scales = quantise(encoded)
        begin, end = len(self._row_of), len(self._row_of) + len(texts)
        if end > len(self._scales):
            n = max(end, 2 * len(self._scales))
            vectors, self._scales = np.zeros((n, self._width), np.int8), np.resize(self._scales, n)
            vectors[: len(self._vectors)] = self._vectors
            self._vectors = vectors
        self._vectors[begin:end, : self._dimension], self._scales[begin:end] = found, scales
        self._row_of.update(zip(texts, range(begin, end), strict=True))

    def _clear(self) -> None:
        self._row_of = {"": 0}
        self._vectors[0], self._scales[0] = 0, 0.0


_OF_ENCODERS: WeakKeyDictionary[Encoder, StoredTexts] = WeakKeyDictionary()  # a cache, seen by nobody


def stored_texts(encoder: Encoder, width: int) -> StoredTexts:
    """Return the stored texts of an encoder; `width` is its dimension, padded."""
    known = _OF_ENCODERS.get(encoder)
    if known is None:
        known = _OF_ENCODERS[encoder] = StoredTexts(encoder, width)
    return known
