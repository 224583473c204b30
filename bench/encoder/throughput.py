"""Texts a second: torch as in the usual script, and `OnnxEncoder` with and without its cache.

All methods run the same model (pooled, projected, normalised) on the same machine, in one process. torch has its
default attention and threads. The texts are those of consecutive events of The Complete Journey, in time order, as the
shop's codes: the default model was fitted on these. Rows without a cache take the distinct texts, in order of
appearance. The cache starts cold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.encoder.variants import TORCH, TORCH_BATCH, faster_attention, torch_encode
from bench.harness.conditions import DEFAULT_MODEL
from bench.harness.part import Part
from bench.harness.rounds import best_s
from export.presets.completejourney import demo_events
from export.presets.default import default_encoder
from export.source.torch_encoder import TorchEncoder
from stream.core.arrays import Vectors
from stream.files.product_texts import in_codes
from stream.onnx.encoder import OnnxEncoder

N_SINGLE = 300  # texts of the rows that encode one at a time: enough for a rate
MICRO_BATCH = 500  # events


@dataclass(frozen=True)
class Sizes:
    """Number of events, and of rounds; the fastest round counts."""

    n_events: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A method to encode. `ratio` is to torch in batches, `cosine_mean` to its vectors over the texts of the row."""

    name: str
    n_texts: int
    texts_per_s: float
    ratio: float
    cosine_mean: float


@dataclass(frozen=True)
class Method:
    """A function that encodes, and its texts as positions `(n,)` among the distinct texts."""

    encode: Callable[[], Vectors]
    positions: NDArray[np.intp]


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each method."""
    stream = demo_events(in_codes).text.iloc[-sizes.n_events :].tolist()
    methods = _methods(stream)
    seconds = best_s({name: method.encode for name, method in methods.items()}, sizes.n_rounds)
    expected = methods[TORCH].encode()
    rates = {name: len(method.positions) / seconds[name] for name, method in methods.items()}
    return [
        Row(
            name=name,
            n_texts=len(method.positions),
            texts_per_s=round(rates[name], 1),
            ratio=round(rates[name] / rates[TORCH], 2),
            cosine_mean=round(float((method.encode() * expected[method.positions]).sum(axis=1).mean()), 4),
        )
        for name, method in methods.items()
    ]


def encode_stream(stream: Sequence[str]) -> Vectors:
    """Return `(n, d)` vectors of the events' texts, encoded in micro-batches by an encoder with an empty cache."""
    encoder = OnnxEncoder(DEFAULT_MODEL)
    return np.concatenate([encoder.encode(stream[i : i + MICRO_BATCH]) for i in range(0, len(stream), MICRO_BATCH)])


def torch_encode_texts(reference: TorchEncoder, texts: Sequence[str], batch: int) -> Vectors:
    """Return `(n, d)` vectors by the usual loop, the tokenizer included."""
    parts = []
    for start in range(0, len(texts), batch):
        encodings = reference.tokenizer.encode_batch(list(texts[start : start + batch]))
        parts.append(torch_encode(reference, [encoding.ids for encoding in encodings], batch))
    return np.concatenate(parts)


def torch_encode_sorted(reference: TorchEncoder, texts: Sequence[str]) -> Vectors:
    """Return `(n, d)` vectors in the order of `texts`, encoded by length as sentence-transformers does."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = torch_encode_texts(reference, [texts[i] for i in order], TORCH_BATCH)
    return vectors[np.argsort(order)]


def _methods(stream: Sequence[str]) -> Mapping[str, Method]:
    """Return the methods by name, warmed up."""
    position = {text: i for i, text in enumerate(dict.fromkeys(stream))}
    distinct, every = list(position), np.arange(len(position))
    single, first = distinct[:N_SINGLE], every[:N_SINGLE]
    reference = faster_attention(default_encoder())
    bare = OnnxEncoder(DEFAULT_MODEL, cache_texts=0)
    torch_encode_texts(reference, single, TORCH_BATCH)
    bare.encode(single)
    return {
        "torch, one at a time": Method(lambda: torch_encode_texts(reference, single, 1), first),
        TORCH: Method(lambda: torch_encode_texts(reference, distinct, TORCH_BATCH), every),
        f"{TORCH}, sorted": Method(lambda: torch_encode_sorted(reference, distinct), every),
        "OnnxEncoder, one at a time": Method(lambda: np.concatenate([bare.encode([t]) for t in single]), first),
        "OnnxEncoder, no cache": Method(lambda: bare.encode(distinct), every),
        "OnnxEncoder, cold cache, the stream": Method(
            lambda: encode_stream(stream), np.array([position[text] for text in stream])
        ),
    }


PART = Part(
    title="Texts to vectors",
    aim="at least 2.3x torch in batches without a cache, 20x with it on the stream",
    full=Sizes(n_events=50_000, n_rounds=3),
    quick=Sizes(n_events=5_000, n_rounds=1),
    measure=measure,
)
