"""Texts a second of an encoder folder, by length: distinct texts truncated at each number of tokens, no cache."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from time import perf_counter

import numpy as np
from tokenizers import Tokenizer
from tqdm import tqdm

from export.package.manifest import sign_again
from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import TOKENIZER, read_manifest

LENGTHS = (8, 16, 32, 64, 128)  # tokens
SPEED_TOKENS = 4096  # in all texts of one measurement
MIN_SPEED_TEXTS = 32


def measure_speeds(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Measure distinct texts a second at each of LENGTHS that the model reads; keys are numbers of tokens."""
    max_tokens = read_manifest(folder).max_tokens
    lengths = [n for n in LENGTHS if n <= max_tokens]
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(folder, copy)
        bar = tqdm(lengths, desc=f"speed {folder.name}", unit="length", leave=False, disable=None)
        return {str(n): _measure_speed(copy, texts, n) for n in bar}


def _measure_speed(folder: Path, texts: Sequence[str], n_tokens: int) -> float:
    sign_again(folder, max_tokens=n_tokens, text_step=TextStep("none"))  # a text step could shorten the texts
    encoder = OnnxEncoder(folder, cache_texts=0)
    n_texts = max(MIN_SPEED_TEXTS, SPEED_TOKENS // n_tokens)
    long = long_texts(Tokenizer.from_file(str(folder / TOKENIZER)), texts, n_texts, n_tokens)
    encoder.encode(long[:MIN_SPEED_TEXTS])  # the first runs allocate
    started_s = perf_counter()
    encoder.encode(long)
    return round(n_texts / (perf_counter() - started_s), 1)


def long_texts(tokenizer: Tokenizer, texts: Sequence[str], n: int, n_tokens: int) -> list[str]:
    """Return `n` distinct texts of at least `n_tokens` tokens, each joined from `texts`.

    Raises ValueError when `texts` are all empty.
    """
    if not any(texts):
        raise ValueError("empty texts can not be joined to longer ones")
    tokenizer.no_truncation()
    order = np.random.default_rng(n_tokens).permutation(len(texts))
    source = cycle(texts[i] for i in order if texts[i])
    return [" ".join([str(i), *_take_tokens(tokenizer, source, n_tokens)]) for i in range(n)]


def _take_tokens(tokenizer: Tokenizer, source: Iterator[str], n_tokens: int) -> list[str]:
    """Take texts from `source` until they have `n_tokens` tokens together."""
    taken: list[str] = []
    n_taken = 0
    while n_taken < n_tokens:
        taken.append(next(source))
        n_taken += max(1, len(tokenizer.encode(taken[-1], add_special_tokens=False)))
    return taken
