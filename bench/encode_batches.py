"""How texts of many lengths are put together for a run of the int8 graph: by length without padding, or padded.

The same graph, two threads with a session's run each, no cache, the tokenizer's time left out. Rounds alternate
between the rows; the best counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from time import perf_counter

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from bench.encode_forms import Vectors
from export.texts import training_texts
from export.variants import long_texts
from export.verify import compare
from stream.onnx.folder import MODEL, TOKENIZER
from stream.onnx.session import RUN_TOKENS, run_size

DEFAULT = Path(__file__).parents[1] / "models" / "default"
FIXED = 32  # texts
THREADS = 2
MEDIAN_TOKENS, SPREAD, MAX_TOKENS = 20, 0.9, 128  # of the mixed texts: log-normal, cut

Tokens = list[list[int]]
Batches = list[list[int]]  # positions


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    n_texts: int
    n_rounds: int


QUICK = Sizes(n_texts=200, n_rounds=1)
FULL = Sizes(n_texts=1_500, n_rounds=3)


@dataclass(frozen=True)
class Row:
    """One way to batch; `padding` is the share of tokens that mean nothing, `ratio` is to fixed batches."""

    texts: str
    batches: str
    padding: float
    texts_per_s: float
    ratio: float
    cosine_min: float  # to the fixed batches


def by_length(tokens: Tokens) -> Batches:
    """Texts of one length together, as OnnxEncoder runs them."""
    order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
    groups = ((n, list(group)) for n, group in groupby(order, key=lambda i: len(tokens[i])))
    return [group[i : i + run_size(n)] for n, group in groups for i in range(0, len(group), run_size(n))]


def fixed(tokens: Tokens) -> Batches:
    """So many texts in the order they came."""
    return [list(range(i, min(i + FIXED, len(tokens)))) for i in range(0, len(tokens), FIXED)]


def budget(tokens: Tokens) -> Batches:
    """The longest first, as many as fit RUN_TOKENS when padded to the longest."""
    batches: Batches = []
    for i in sorted(range(len(tokens)), key=lambda i: -len(tokens[i])):
        if batches and (len(batches[-1]) + 1) * len(tokens[batches[-1][0]]) <= RUN_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


WAYS: dict[str, Callable[[Tokens], Batches]] = {
    f"fixed, {FIXED} texts, padded": fixed,
    f"budget, {RUN_TOKENS} tokens, padded": budget,
    "by length, unpadded (ours)": by_length,
}


def measure(sizes: Sizes) -> list[Row]:
    """Every way over short texts of the demo data and over texts of mixed lengths."""
    tokenizer = Tokenizer.from_file(str(DEFAULT / TOKENIZER))
    rng = np.random.default_rng(0)
    demo = rng.permutation(training_texts())[: sizes.n_texts].tolist()
    lengths = np.clip(rng.lognormal(np.log(MEDIAN_TOKENS), SPREAD, sizes.n_texts), 4, MAX_TOKENS).astype(int)
    long = [e.ids for e in tokenizer.encode_batch_fast(long_texts(tokenizer, demo, sizes.n_texts, MAX_TOKENS))]
    mixed = [[*ids[: n - 1], ids[-1]] for ids, n in zip(long, lengths.tolist(), strict=True)]
    short = [e.ids for e in tokenizer.encode_batch_fast(demo)]
    return [*_rows("demo", short, sizes.n_rounds), *_rows("mixed", mixed, sizes.n_rounds)]


def _rows(name: str, tokens: Tokens, n_rounds: int) -> list[Row]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = ort.InferenceSession(str(DEFAULT / MODEL), options, providers=["CPUExecutionProvider"])
    ways = {way: make(tokens) for way, make in WAYS.items()}
    vectors = {way: _run(session, tokens, batches) for way, batches in ways.items()}  # warm
    best_s = dict.fromkeys(ways, float("inf"))
    for _ in range(n_rounds):
        for way, batches in ways.items():
            started_s = perf_counter()
            _run(session, tokens, batches)
            best_s[way] = min(best_s[way], perf_counter() - started_s)
    first = next(iter(ways))
    return [
        Row(
            texts=name,
            batches=way,
            padding=round(1 - sum(map(len, tokens)) / _padded_tokens(tokens, batches), 3),
            texts_per_s=round(len(tokens) / best_s[way], 1),
            ratio=round(best_s[first] / best_s[way], 2),
            cosine_min=compare(vectors[way], vectors[first]).cosine_min,
        )
        for way, batches in ways.items()
    ]


def _padded_tokens(tokens: Tokens, batches: Batches) -> int:
    return sum(len(batch) * max(len(tokens[i]) for i in batch) for batch in batches)


def _run(session: ort.InferenceSession, tokens: Tokens, batches: Batches) -> Vectors:
    """(n, d) in the order of `tokens`."""
    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(lambda feed: session.run(None, feed)[0], _feeds(tokens, batches)))
    order = [i for batch in batches for i in batch]
    vectors: Vectors = np.concatenate(parts)[np.argsort(order)]
    return vectors


def _feeds(tokens: Tokens, batches: Sequence[Sequence[int]]) -> Iterator[dict[str, np.ndarray]]:
    for batch in batches:
        width = max(len(tokens[i]) for i in batch)
        ids = np.array([[*tokens[i], *[0] * (width - len(tokens[i]))] for i in batch], np.int64)
        mask = np.array([[1] * len(tokens[i]) + [0] * (width - len(tokens[i])) for i in batch], np.int64)
        yield {"input_ids": ids, "attention_mask": mask}
