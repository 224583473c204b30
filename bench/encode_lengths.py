"""Texts of exactly 8 to 128 tokens: torch, fp32, int8 and a student of half the layers, in one run.

Distinct texts, no cache, the tokenizer's time included. Rounds alternate between the rows; the best counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import msgspec
from tokenizers import Tokenizer

from bench.encode_forms import Vectors, folder, student, torch_encode
from export.default import Reference, default_reference
from export.manifest import write_manifest
from export.variants import LENGTHS, MIN_SPEED_TEXTS, long_texts
from export.verify import compare
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_manifest

TORCH_BATCH = 32
TORCH = f"torch, batches of {TORCH_BATCH}"
STUDENT = "int8, every other layer"


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    n_tokens: int  # in all texts of one length
    n_rounds: int


QUICK = Sizes(n_tokens=2_000, n_rounds=1)
FULL = Sizes(n_tokens=16_000, n_rounds=3)


@dataclass(frozen=True)
class Row:
    """One form at one length; `ratio` is to torch. `cosine_mean` is to torch; a student is untrained and has none."""

    tokens: int
    form: str
    texts_per_s: float
    ratio: float
    cosine_mean: float | None


def measure(sizes: Sizes) -> list[Row]:
    """Every form at every length."""
    reference = default_reference()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {
            "fp32": folder(reference, Path(scratch) / "fp32", int8=False),
            "int8": folder(reference, Path(scratch) / "int8", int8=True),
            STUDENT: folder(student(reference), Path(scratch) / "student", int8=True),
        }
        reference.module.transformer.set_attn_implementation("sdpa")  # torch's own, faster than the exported form
        return [row for n in LENGTHS for row in _at(n, reference, folders, sizes)]


def _at(n_tokens: int, reference: Reference, folders: dict[str, Path], sizes: Sizes) -> list[Row]:
    tokenizer = Tokenizer.from_str(reference.tokenizer.to_str())
    texts = long_texts(tokenizer, reference.texts, max(MIN_SPEED_TEXTS, sizes.n_tokens // n_tokens), n_tokens)
    tokenizer.enable_truncation(n_tokens)
    ways: dict[str, Callable[[], Vectors]] = {
        TORCH: lambda: torch_encode(reference, [e.ids for e in tokenizer.encode_batch_fast(texts)], TORCH_BATCH)
    }
    for name, path in folders.items():
        write_manifest(path, msgspec.structs.replace(read_manifest(path), max_tokens=n_tokens))
        encoder = OnnxEncoder(path, cache_texts=0)
        ways[name] = lambda encoder=encoder: encoder.encode(texts)  # type: ignore[misc]
    best_s, vectors = dict.fromkeys(ways, float("inf")), {name: run() for name, run in ways.items()}  # warm
    for _ in range(sizes.n_rounds):
        for name, run in ways.items():
            started_s = perf_counter()
            run()
            best_s[name] = min(best_s[name], perf_counter() - started_s)
    return [
        Row(
            tokens=n_tokens,
            form=name,
            texts_per_s=round(len(texts) / best_s[name], 1),
            ratio=round(best_s[TORCH] / best_s[name], 2),
            cosine_mean=None if name == STUDENT else compare(vectors[name], vectors[TORCH]).cosine_mean,
        )
        for name in ways
    ]
