"""Vectors of texts, encoded once and kept in the cache folder: encoding is most of the time of a replay.

A vector depends on the text and the encoder's version alone, so a stored one has the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.devkafka.jars import cache_folder

_CHUNK = 500  # texts between two updates of the progress bar


class StoredVectors:
    """An `Encoder` that looks vectors up, and lets another encoder make missing ones."""

    def __init__(self, encoder: Encoder, vectors: dict[str, Vectors] | None = None) -> None:
        self.version, self.dimension = encoder.version, encoder.dimension
        self._encoder = encoder
        self._vectors = {} if vectors is None else vectors

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return `(n, dimension)` vectors in the order of `texts`."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self._encoder.encode(missing), strict=True))
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([self._vectors[text] for text in texts])

    def __len__(self) -> int:
        """Return the number of known texts."""
        return len(self._vectors)

    def save(self, file: Path) -> None:
        """Write all vectors; a reader sees the old file or the new one."""
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{os.getpid()}-{file.name}")
        np.savez(part, texts=np.array(list(self._vectors), np.str_), vectors=np.stack(list(self._vectors.values())))
        part.replace(file)


def stored_vectors(encoder: Encoder, folder: Path | None = None) -> StoredVectors:
    """Return an encoder with the vectors of the cache folder, none at first."""
    file = file_of(encoder, folder)
    if not file.exists():
        return StoredVectors(encoder)
    with np.load(file) as stored:
        return StoredVectors(encoder, dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True)))


def store(encoder: Encoder, texts: Iterable[str], folder: Path | None = None) -> None:
    """Encode the texts that are not in the cache folder yet, and write them there."""
    stored = stored_vectors(encoder, folder)
    n_before, distinct = len(stored), list(dict.fromkeys(texts))
    for at in tqdm(range(0, len(distinct), _CHUNK), desc="vectors", disable=None, leave=False):
        stored.encode(distinct[at : at + _CHUNK])
    if len(stored) > n_before:
        stored.save(file_of(encoder, folder))


def file_of(encoder: Encoder, folder: Path | None = None) -> Path:
    """Return the file with the vectors of an encoder, below `folder` or the cache folder of Segue."""
    return (folder or cache_folder(os.environ) / "bench") / f"vectors-{encoder.version}.npz"
