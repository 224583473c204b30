"""Stored vectors: the contract of an encoder, and the same bits from the cache folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.meaning.stored_vectors import StoredVectors, file_of, store, stored_vectors
from tests.fakes import HashEncoder

TEXTS = ["milk", "Brot und Käse", "面包", "", "milk"]


class CountingEncoder(HashEncoder):
    """A hash encoder that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts)


def test_stored_vectors_have_the_bits_of_the_encoder(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    store(encoder, TEXTS, tmp_path)
    found = stored_vectors(encoder, tmp_path).encode(TEXTS)
    assert found.tobytes() == HashEncoder().encode(TEXTS).tobytes()
    assert encoder.asked == ["milk", "Brot und Käse", "面包", ""]  # each once


def test_texts_that_are_not_stored_are_encoded() -> None:
    encoder = StoredVectors(HashEncoder())
    assert encoder.encode(["new"]).tolist() == HashEncoder().encode(["new"]).tolist()
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_known_texts_are_not_written_again(tmp_path: Path) -> None:
    encoder = HashEncoder()
    store(encoder, TEXTS, tmp_path)
    before = file_of(encoder, tmp_path).stat()
    store(encoder, TEXTS[:2], tmp_path)
    assert file_of(encoder, tmp_path).stat().st_ino == before.st_ino
    store(encoder, ["bread"], tmp_path)
    assert len(stored_vectors(encoder, tmp_path)) == 5


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    assert file_of(HashEncoder(version="a"), tmp_path) != file_of(HashEncoder(version="b"), tmp_path)
