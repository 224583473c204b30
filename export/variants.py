"""Every form of a model (fp32, int8, fp16), run as a worker runs it and held to torch: agreement, size, speed.

Each is an encoder folder of its own while it is measured. The speed at k tokens is that of distinct texts cut at k.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
import onnx
from onnx import ModelProto
from tokenizers import Tokenizer

from export.kept_reference import keep_reference
from export.manifest import Form, Origin, describe, measured, write_manifest
from export.verify import Bounds, Vectors, Verification, company, held, misses, refuse
from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL, MODEL, TOKENIZER, Variant, read_manifest, sha256_of

LENGTHS = (8, 16, 32, 64, 128)  # tokens
SPEED_TOKENS = 4096  # in all texts of one speed
MIN_SPEED_TEXTS = 32

ANY_SIZE = 2**62
BOUNDS: Mapping[str, Bounds] = {
    "fp32": Bounds(cosine_mean=0.9999, cosine_min=0.999, length_error_max=0.005, size_bytes=ANY_SIZE),
    "int8": Bounds(),
    "fp16": Bounds(cosine_mean=0.999, cosine_min=0.995, length_error_max=0.02, size_bytes=ANY_SIZE),
}


@dataclass(frozen=True)
class Measured:
    """One variant: what the manifest says of it, all that was measured, and a sentence for each bound missed."""

    variant: Variant
    verification: Verification
    missed: list[str]


def judge(
    folder: Path,
    graphs: dict[str, ModelProto],
    texts: Sequence[str],
    reference: Vectors,
    bounds: Bounds,
    made: tuple[Origin, Form],
) -> Verification:
    """`examine` the new int8 encoder `folder` and the other `graphs`, and write the manifest with the measures.

    An fp16 graph stays in the folder. Raises VerificationError.
    """
    keep_reference(folder, texts, reference)
    write_manifest(folder, describe(folder, *made))
    found = examine(folder, graphs, texts, reference, bounds)
    if "fp16" in graphs:
        onnx.save(graphs["fp16"], folder / FP16_MODEL)
    variants = {name: each.variant for name, each in found.items()}
    write_manifest(folder, measured(describe(folder, *made), found["int8"].verification, variants))
    return found["int8"].verification


def examine(
    folder: Path,
    graphs: Mapping[str, ModelProto],
    texts: Sequence[str],
    reference: Vectors,
    bounds: Bounds | None = None,
) -> dict[str, Measured]:
    """The int8 encoder `folder`, the fp16 graph in it if there is one, and `graphs` ("fp32", "fp16"), by variant.

    `reference` (n, d) are torch's vectors of `texts`; `bounds` are those of int8. Raises VerificationError with every
    bound missed, of every variant.
    """
    if (folder / FP16_MODEL).exists():
        graphs = {"fp16": onnx.load(folder / FP16_MODEL), **graphs}
    found = {"int8": measure("int8", folder, texts, reference, bounds or BOUNDS["int8"])}
    found |= {name: measure_graph(name, graph, folder, texts, reference) for name, graph in graphs.items()}
    missed = [sentence for each in found.values() for sentence in each.missed]
    refuse(folder.name, missed + company(OnnxEncoder(folder, cache_texts=0), texts))
    return found


def measure(name: str, folder: Path, texts: Sequence[str], reference: Vectors, bounds: Bounds) -> Measured:
    """The encoder `folder` as the variant `name`; `reference` (n, d) are torch's vectors of `texts`."""
    verification = held(folder, texts, reference)
    variant = Variant(
        cosine_mean=verification.cosine_mean,
        cosine_min=verification.cosine_min,
        size_bytes=(folder / MODEL).stat().st_size,
        texts_per_s=speeds(folder, texts),
    )
    return Measured(variant, verification, [f"{name} {sentence}" for sentence in misses(verification, bounds)])


def measure_graph(name: str, graph: ModelProto, like: Path, texts: Sequence[str], reference: Vectors) -> Measured:
    """`graph` in a folder that is otherwise `like`, as the variant `name` with its own bounds."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        shutil.copytree(like, folder)
        onnx.save(graph, folder / MODEL)
        _resign(folder)
        return measure(name, folder, texts, reference, BOUNDS[name])


def speeds(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Number of tokens → distinct texts a second, without cache, for the LENGTHS that the model reads."""
    max_tokens = read_manifest(folder).max_tokens
    with tempfile.TemporaryDirectory() as scratch:
        cut = Path(scratch) / "cut"
        shutil.copytree(folder, cut)
        return {str(n): _speed(cut, texts, n) for n in LENGTHS if n <= max_tokens}


def _speed(folder: Path, texts: Sequence[str], n_tokens: int) -> float:
    _resign(folder, max_tokens=n_tokens, text_step=TextStep("none"))  # a step that shortens would cut below k
    encoder = OnnxEncoder(folder, cache_texts=0)
    n_texts = max(MIN_SPEED_TEXTS, SPEED_TOKENS // n_tokens)
    long = long_texts(Tokenizer.from_file(str(folder / TOKENIZER)), texts, n_texts, n_tokens)
    encoder.encode(long[:MIN_SPEED_TEXTS])  # the first runs allocate
    started_s = perf_counter()
    encoder.encode(long)
    return round(n_texts / (perf_counter() - started_s), 1)


def long_texts(tokenizer: Tokenizer, texts: Sequence[str], n: int, n_tokens: int) -> list[str]:
    """`n` distinct texts of `n_tokens` tokens or more: `texts`, joined until they are long enough.

    Raises ValueError when `texts` are all empty.
    """
    if not any(texts):
        raise ValueError("empty texts can not be joined to longer ones")
    tokenizer.no_truncation()
    order = np.random.default_rng(n_tokens).permutation(len(texts))
    source = cycle(texts[i] for i in order if texts[i])
    return [" ".join([str(i), *_until(tokenizer, source, n_tokens)]) for i in range(n)]


def _until(tokenizer: Tokenizer, source: Iterator[str], n_tokens: int) -> Iterator[str]:
    got = 0
    while got < n_tokens:
        text = next(source)
        got += max(1, len(tokenizer.encode(text, add_special_tokens=False)))
        yield text


def _resign(folder: Path, **changes: Any) -> None:
    """Make the manifest true of the model that lies there, with `changes`."""
    manifest = read_manifest(folder)
    digests = manifest.sha256 | {MODEL: sha256_of(folder / MODEL)}
    write_manifest(folder, msgspec.structs.replace(manifest, sha256=digests, **changes))
