"""Texts that never come back: searches and posts, each once, by the whole model and by its students.

A cache is useless here, so this is the rate of a worker whose texts are all new. The tokenizer's time is included.
Seconds are those of the CPU, in one thread: other programs count less than on the clock. Texts are requests of
CLINC150, one alone or several of one domain in a row. The students have untrained weights: only their speed counts
here, and `bench quality` scores trained ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
from tokenizers import Tokenizer

from bench.encoder.variants import folder, student, token_table
from bench.harness.conditions import DEFAULT_MODEL
from bench.harness.part import Part
from bench.harness.rounds import best_s
from bench.meaning.texts import requests_by
from export.presets.default import default_encoder
from export.students.teacher import truncating_tokenizer
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import TOKENIZER, read_manifest

THREADS = 2  # that must give the bits of one
WHOLE = "models/default"


@dataclass(frozen=True)
class Kind:
    """Texts of `least` to `most` words."""

    name: str
    least: int
    most: int


KINDS = (Kind("searches", 3, 6), Kind("posts", 20, 60), Kind("long", 110, 160))


@dataclass(frozen=True)
class Sizes:
    """Texts of each kind, by the number of tokens in all of them, and the rounds; the fastest round counts."""

    n_tokens: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """An encoder in one thread. `ratio` is to the whole model; `same_bits` compares with two threads."""

    texts: str
    tokens: float  # of a text, on average
    encoder: str
    texts_per_cpu_s: float
    ratio: float
    same_bits: bool


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each kind of texts and encoder."""
    reference = default_encoder()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {
            WHOLE: DEFAULT_MODEL,
            "half of the layers": folder(student(reference), Path(scratch) / "half", int8=True),
            "token vectors": token_table(reference, Path(scratch) / "tokens"),
        }
        tokenizer = truncating_tokenizer(DEFAULT_MODEL / TOKENIZER, read_manifest(DEFAULT_MODEL).max_tokens)
        return [row for kind in KINDS for row in _rows(kind, folders, tokenizer, sizes)]


def texts_of(kind: Kind) -> list[str]:
    """Return distinct texts of the kind, in random order: whole requests of one domain, joined up to a random length.

    >>> sorted({len(text.split()) for text in texts_of(Kind("some", 3, 5))})
    [3, 4, 5]
    """
    rng = np.random.default_rng(0)
    found = set[str]()
    for requests in requests_by("domain").values():
        words: list[str] = []
        least = rng.integers(kind.least, kind.most + 1)
        for request in requests:
            words += request.split()
            if len(words) >= least:
                found.update([" ".join(words)] if len(words) <= kind.most else [])
                words, least = [], rng.integers(kind.least, kind.most + 1)
    return [str(text) for text in rng.permutation(sorted(found))]


def _rows(kind: Kind, folders: Mapping[str, Path], tokenizer: Tokenizer, sizes: Sizes) -> list[Row]:
    texts = texts_of(kind)
    lengths = np.array([len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts)])
    texts = texts[: int(np.searchsorted(np.cumsum(lengths), sizes.n_tokens)) + 1]
    methods = {
        name: partial(OnnxEncoder(path, cache_texts=0, threads=1).encode, texts) for name, path in folders.items()
    }
    vectors = {name: encode().tobytes() for name, encode in methods.items()}  # and warm
    seconds = best_s(methods, sizes.n_rounds, process_time)
    return [
        Row(
            texts=kind.name,
            tokens=round(float(lengths[: len(texts)].mean()), 1),
            encoder=name,
            texts_per_cpu_s=round(len(texts) / seconds[name], 1),
            ratio=round(seconds[WHOLE] / seconds[name], 2),
            same_bits=OnnxEncoder(path, cache_texts=0, threads=THREADS).encode(texts).tobytes() == vectors[name],
        )
        for name, path in folders.items()
    ]


PART = Part(
    title="Texts that never come back",
    aim="reported",
    full=Sizes(n_tokens=1_500, n_rounds=2),
    quick=Sizes(n_tokens=500, n_rounds=1),
    measure=measure,
)
