"""Texts of exactly 8 to 128 tokens: torch, fp32, int8 and a student of half the layers, in one run.

Texts are distinct, nothing is cached, and the tokenizer's time is included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from tokenizers import Tokenizer

from bench.encoder.variants import TORCH, TORCH_BATCH, faster_attention, folder, student, torch_encode
from bench.harness.part import Part
from bench.harness.rounds import best_s
from export.package.manifest import write_manifest
from export.package.speed import LENGTHS, MIN_SPEED_TEXTS, long_texts
from export.package.verify import compare
from export.presets.default import default_encoder
from export.source.torch_encoder import TorchEncoder
from stream.core.arrays import Vectors
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_manifest

STUDENT = "int8, half of the layers"


@dataclass(frozen=True)
class Sizes:
    """`n_tokens` in all texts of one length, and the number of rounds; the fastest round counts."""

    n_tokens: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A form at one length. `ratio` and `cosine_mean` are to torch; the untrained student has no cosine."""

    tokens: int
    form: str
    texts_per_s: float
    ratio: float
    cosine_mean: float | None


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each form at each length."""
    reference = default_encoder()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {
            "fp32": folder(reference, Path(scratch) / "fp32", int8=False),
            "int8": folder(reference, Path(scratch) / "int8", int8=True),
            STUDENT: folder(student(reference), Path(scratch) / "student", int8=True),
        }
        faster_attention(reference)
        return [row for n in LENGTHS for row in _rows(n, reference, folders, sizes)]


def _rows(n_tokens: int, reference: TorchEncoder, folders: dict[str, Path], sizes: Sizes) -> list[Row]:
    """Return one row for each form at one length."""
    tokenizer = Tokenizer.from_str(reference.tokenizer.to_str())
    texts = long_texts(tokenizer, reference.texts, max(MIN_SPEED_TEXTS, sizes.n_tokens // n_tokens), n_tokens)
    tokenizer.enable_truncation(n_tokens)
    methods: dict[str, Callable[[], Vectors]] = {
        TORCH: lambda: torch_encode(reference, [e.ids for e in tokenizer.encode_batch_fast(texts)], TORCH_BATCH),
        **{name: partial(_encoder(path, n_tokens).encode, texts) for name, path in folders.items()},
    }
    vectors = {name: run() for name, run in methods.items()}  # and warm
    seconds = best_s(methods, sizes.n_rounds)
    return [
        Row(
            tokens=n_tokens,
            form=name,
            texts_per_s=round(len(texts) / seconds[name], 1),
            ratio=round(seconds[TORCH] / seconds[name], 2),
            cosine_mean=None if name == STUDENT else compare(vectors[name], vectors[TORCH]).cosine_mean,
        )
        for name in methods
    ]


def _encoder(folder: Path, n_tokens: int) -> OnnxEncoder:
    """Return the encoder in `folder`, without a cache, for texts of at most `n_tokens`."""
    write_manifest(folder, msgspec.structs.replace(read_manifest(folder), max_tokens=n_tokens))
    return OnnxEncoder(folder, cache_texts=0)


PART = Part(
    title="Texts of one length to vectors, by form of the model",
    aim="reported",
    full=Sizes(n_tokens=16_000, n_rounds=3),
    quick=Sizes(n_tokens=2_000, n_rounds=1),
    measure=measure,
)
