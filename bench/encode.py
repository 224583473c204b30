"""How fast texts become vectors: torch as the usual script runs it, and OnnxEncoder without and with its cache.

    python -m bench.encode [--events 50000] [--rounds 3] [--json]

Same model (pooled, projected, normalised), same machine, same run, torch with its default attention and threads.
The texts are those of consecutive events of The Complete Journey in time order; "distinct" are their distinct texts in
order of appearance. Rounds alternate between the rows and the best counts, so that a disturbance hits none alone.
The cache starts cold. Needs the extras `export`, `demo` and `cpu`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from export.default import Reference, default_reference
from export.reference import padded
from export.texts import demo_events
from stream.onnx.encoder import OnnxEncoder

DEFAULT = Path(__file__).parents[1] / "models" / "default"
TORCH_BATCH = 32
BASELINE = f"torch, batches of {TORCH_BATCH}"
N_SINGLE = 300  # texts for the rows that go one at a time: enough for a rate
MICRO_BATCH = 500  # events

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """One way to encode; `cosine_mean` is to torch, over the distinct texts of the row."""

    name: str
    n_texts: int
    texts_per_s: float
    ratio: float  # to torch in batches
    cosine_mean: float


def torch_encode(reference: Reference, texts: Sequence[str], batch: int) -> Vectors:
    """(n, d): the usual loop, texts in the order they came, each batch padded to its longest."""
    parts = []
    for start in range(0, len(texts), batch):
        encodings = reference.tokenizer.encode_batch(list(texts[start : start + batch]))
        ids, mask = padded([encoding.ids for encoding in encodings])
        with torch.inference_mode():
            parts.append(reference.module(ids, mask).numpy())
    return np.concatenate(parts)


def torch_encode_sorted(reference: Reference, texts: Sequence[str]) -> Vectors:
    """(n, d) in the order of `texts`: torch with the least padding, as sentence-transformers does it."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = torch_encode(reference, [texts[i] for i in order], TORCH_BATCH)
    return vectors[np.argsort(order)]


def measure(n_events: int, n_rounds: int) -> list[Row]:
    stream = demo_events().text.iloc[-n_events:].tolist()
    distinct = list(dict.fromkeys(stream))
    single = distinct[:N_SINGLE]
    reference = default_reference()
    reference.module.transformer.set_attn_implementation("sdpa")  # torch's own, faster than the form that is exported
    bare = OnnxEncoder(DEFAULT, cache_texts=0)
    ways: dict[str, tuple[int, Callable[[], Vectors]]] = {
        "torch, one at a time": (len(single), lambda: torch_encode(reference, single, 1)),
        BASELINE: (len(distinct), lambda: torch_encode(reference, distinct, TORCH_BATCH)),
        f"{BASELINE}, sorted": (len(distinct), lambda: torch_encode_sorted(reference, distinct)),
        "OnnxEncoder, one at a time": (len(single), lambda: np.concatenate([bare.encode([t]) for t in single])),
        "OnnxEncoder, no cache": (len(distinct), lambda: bare.encode(distinct)),
        "OnnxEncoder, cold cache, the stream": (len(stream), lambda: encode_stream(stream)),
    }
    torch_encode(reference, single, TORCH_BATCH), bare.encode(single)  # warm both up
    best_s = dict.fromkeys(ways, float("inf"))
    vectors: dict[str, Vectors] = {}
    for _ in range(n_rounds):
        for name, (_, run) in ways.items():
            started_s = perf_counter()
            vectors[name] = run()
            best_s[name] = min(best_s[name], perf_counter() - started_s)
    return _rows({name: n / best_s[name] for name, (n, _) in ways.items()}, vectors, stream)


def encode_stream(stream: Sequence[str]) -> Vectors:
    """(n, d) of the events' texts in micro-batches, by an encoder that has seen nothing."""
    encoder = OnnxEncoder(DEFAULT)
    return np.concatenate([encoder.encode(stream[i : i + MICRO_BATCH]) for i in range(0, len(stream), MICRO_BATCH)])


def _rows(rates: dict[str, float], vectors: dict[str, Vectors], stream: Sequence[str]) -> list[Row]:
    expected = vectors[BASELINE]
    position = {text: i for i, text in enumerate(dict.fromkeys(stream))}
    rows = []
    for name, rate in rates.items():
        got = vectors[name]
        truth = expected[[position[text] for text in stream]] if len(got) == len(stream) else expected[: len(got)]
        cosine = float((got * truth).sum(axis=1).mean())
        rows.append(Row(name, len(got), round(rate, 1), round(rate / rates[BASELINE], 2), round(cosine, 4)))
    return rows


def show(rows: Sequence[Row]) -> None:
    table = Table(title="texts to vectors")
    for column in ("way", "texts", "texts/s", "x torch batched", "cosine to torch"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for row in rows:
        cells = (f"{row.n_texts:,}", f"{row.texts_per_s:,.0f}", f"{row.ratio:.2f}", f"{row.cosine_mean:.4f}")
        table.add_row(row.name, *cells)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments = parser.parse_args()
    rows = measure(arguments.events, arguments.rounds)
    if arguments.json:
        print(json.dumps({"threads": torch.get_num_threads(), "rows": [asdict(row) for row in rows]}))
    else:
        show(rows)


if __name__ == "__main__":
    main()
