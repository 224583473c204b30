"""The texts of a micro-batch as items carry them: int8 vectors with one scale each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.core.encoder import Encoder
from stream.core.event import Event, Record
from stream.core.profile import quantise


def stored_vectors(records: list[Record], encoder: Encoder) -> dict[str, tuple[NDArray[np.int8], float]]:
    """Every distinct text of the batch once, as int8 vector and scale; the empty text is the zero vector."""
    texts = list(dict.fromkeys(r.content.text for r in records if isinstance(r.content, Event) and r.content.text))
    stored = {"": (np.zeros(encoder.dimension, np.int8), 0.0)}
    if texts:
        vectors, scales = quantise(encoder.encode(texts))
        stored |= {text: (v, s) for text, v, s in zip(texts, vectors, scales.tolist(), strict=True)}
    return stored
