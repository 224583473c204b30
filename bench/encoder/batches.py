"""Methods to batch texts of mixed lengths for the int8 graph: by exact length without padding, or padded.

All rows run the same graph in two threads, one run of the session each. Nothing is cached, and the tokenizer's time
is excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from bench.harness.conditions import DEFAULT_MODEL
from bench.harness.part import Part
from bench.harness.rounds import best_s
from export.package.speed import long_texts
from export.package.verify import compare
from export.presets.completejourney import training_texts
from stream.core.arrays import Vectors
from stream.files.product_texts import in_codes
from stream.onnx.folder import MODEL, TOKENIZER
from stream.onnx.session import RUN_TOKENS, run_size

FIXED = 32  # texts
THREADS = 2
MEDIAN_TOKENS, SPREAD, MAX_TOKENS = 20, 0.9, 128  # of the mixed texts: log-normal, cut

Tokens = list[list[int]]
Batches = list[list[int]]  # positions


@dataclass(frozen=True)
class Sizes:
    """Number of texts, and of rounds; the fastest round counts."""

    n_texts: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A method to batch. `padding` is the share of padding tokens; `ratio` and `cosine_min` are to fixed batches."""

    texts: str
    batches: str
    padding: float
    texts_per_s: float
    ratio: float
    cosine_min: float


def by_length(tokens: Tokens) -> Batches:
    """Return batches of texts of one length, as `OnnxEncoder` runs them."""
    order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
    groups = ((n, list(group)) for n, group in groupby(order, key=lambda i: len(tokens[i])))
    return [group[i : i + run_size(n)] for n, group in groups for i in range(0, len(group), run_size(n))]


def fixed(tokens: Tokens) -> Batches:
    """Return batches of FIXED texts in their given order."""
    return [list(range(i, min(i + FIXED, len(tokens)))) for i in range(0, len(tokens), FIXED)]


def budget(tokens: Tokens) -> Batches:
    """Return batches of at most RUN_TOKENS tokens when padded to the longest, the longest texts first."""
    batches: Batches = []
    for i in sorted(range(len(tokens)), key=lambda i: -len(tokens[i])):
        if batches and (len(batches[-1]) + 1) * len(tokens[batches[-1][0]]) <= RUN_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


METHODS: dict[str, Callable[[Tokens], Batches]] = {
    f"fixed, {FIXED} texts, padded": fixed,
    f"budget, {RUN_TOKENS} tokens, padded": budget,
    "by length, unpadded (ours)": by_length,
}


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each method: over short texts of the demo data, then over texts of mixed lengths."""
    tokenizer = Tokenizer.from_file(str(DEFAULT_MODEL / TOKENIZER))
    rng = np.random.default_rng(0)
    demo = rng.permutation(training_texts(in_codes))[: sizes.n_texts].tolist()
    lengths = np.clip(rng.lognormal(np.log(MEDIAN_TOKENS), SPREAD, sizes.n_texts), 4, MAX_TOKENS).astype(int)
    long = [e.ids for e in tokenizer.encode_batch_fast(long_texts(tokenizer, demo, sizes.n_texts, MAX_TOKENS))]
    mixed = [[*ids[: n - 1], ids[-1]] for ids, n in zip(long, lengths.tolist(), strict=True)]
    short = [e.ids for e in tokenizer.encode_batch_fast(demo)]
    return [*_rows("demo", short, sizes.n_rounds), *_rows("mixed", mixed, sizes.n_rounds)]


def _rows(name: str, tokens: Tokens, n_rounds: int) -> list[Row]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = ort.InferenceSession(str(DEFAULT_MODEL / MODEL), options, providers=["CPUExecutionProvider"])
    batches = {method: make(tokens) for method, make in METHODS.items()}
    vectors = {method: _run(session, tokens, each) for method, each in batches.items()}  # and warm
    runs = {method: partial(_run, session, tokens, each) for method, each in batches.items()}
    seconds, first = best_s(runs, n_rounds), next(iter(batches))
    return [
        Row(
            texts=name,
            batches=method,
            padding=round(1 - sum(map(len, tokens)) / _padded_tokens(tokens, each), 3),
            texts_per_s=round(len(tokens) / seconds[method], 1),
            ratio=round(seconds[first] / seconds[method], 2),
            cosine_min=compare(vectors[method], vectors[first]).cosine_min,
        )
        for method, each in batches.items()
    ]


def _padded_tokens(tokens: Tokens, batches: Batches) -> int:
    return sum(len(batch) * max(len(tokens[i]) for i in batch) for batch in batches)


def _run(session: ort.InferenceSession, tokens: Tokens, batches: Batches) -> Vectors:
    """Return `(n, d)` vectors in the order of `tokens`."""
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


PART = Part(
    title="Methods to batch texts, int8",
    aim="by length no slower than a padded token budget",
    full=Sizes(n_texts=1_500, n_rounds=3),
    quick=Sizes(n_texts=200, n_rounds=1),
    measure=measure,
)
