"""Texts to vectors with ONNX Runtime, bit for bit the same in any company.

A replay must decide as the live run did, yet its batches are cut elsewhere. So the vector of a text must not depend
on its batch. Three rules see to that; `tests/shell/test_onnx_encoder.py` holds them to it:

* texts of one token length run together, so nothing is ever padded;
* a session runs on one thread (two texts at a time are two sessions' runs), so no sum is split by load;
* the graph quantises each token's activations by that token alone and multiplies integers, whose sums have no order.

Equal texts are encoded once, and the vectors of the last `cache_texts` texts are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from stream.adapters.encoder_folder import MODEL, TOKENIZER, EncoderError, EncoderFolder, read_encoder_folder

CACHE_TEXTS = 20_000  # about 20 MB at 128 dimensions; 3,000 hold 99.8 % of the demo stream
THREADS = 2
MIN_TOKENS = 2  # a matrix of one row takes another path (GEMV) through the CPU kernels, which rounds differently
RUN_TEXTS = 32  # texts in one run: more gains nothing
RUN_TOKENS = 512  # tokens in one run: keeps the widest activation (512 x 1536 floats, 3 MB) near the cache

Vectors = NDArray[np.float32]
TokenIds = list[int]


class EncoderStats(msgspec.Struct, frozen=True):
    """Totals since the encoder was made."""

    n_hits: int = 0  # texts answered from the cache, or by an equal text of the same call
    n_misses: int = 0  # texts run through the model
    n_cached: int = 0  # texts in the cache now
    encode_s: float = 0.0  # spent in tokenizer and model


class OnnxEncoder:
    """An `Encoder` made of an ONNX file and a tokenizer. Safe to call from several threads, one at a time.

    Raises EncoderError when `folder` is not an intact encoder.
    """

    def __init__(self, folder: Path, *, cache_texts: int = CACHE_TEXTS, threads: int = THREADS) -> None:
        if cache_texts < 0 or threads < 1:
            raise EncoderError(f"cache_texts must be >= 0 and threads >= 1, got {cache_texts} and {threads}")
        checked = read_encoder_folder(folder)
        self.version = checked.version
        self.dimension = checked.manifest.dimension
        self._session = _session(checked)
        self._tokenizer = _tokenizer(checked)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._cache_texts = cache_texts
        self._lock = threading.Lock()
        self._stats = EncoderStats()

    @property
    def stats(self) -> EncoderStats:
        return msgspec.structs.replace(self._stats, n_cached=len(self._cache))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, rows L2-normalised, in the order of `texts`; (0, dimension) for none."""
        with self._lock:
            vectors: dict[str, Vectors] = {}
            missing: list[str] = []
            for text in dict.fromkeys(texts):
                vector = self._cache.get(text)
                if vector is None:
                    missing.append(text)
                else:
                    self._cache.move_to_end(text)
                    vectors[text] = vector
            started_s = perf_counter()
            vectors.update(zip(missing, self._infer(missing), strict=True))
            self._remember(missing, vectors)
            self._count(len(texts) - len(missing), len(missing), perf_counter() - started_s)
        return np.stack([vectors[text] for text in texts]) if texts else np.empty((0, self.dimension), np.float32)

    def _infer(self, texts: list[str]) -> Iterator[Vectors]:
        """Vectors (dimension,) of distinct texts in order."""
        tokens = self._tokenize(texts)
        vectors: list[Vectors] = [np.empty(0, np.float32)] * len(texts)
        runs = list(_runs(tokens))
        batches = self._pool.map(self._run, [[tokens[i] for i in run] for run in runs])
        for run, batch in zip(runs, batches, strict=True):
            for i, vector in zip(run, batch, strict=True):
                vectors[i] = vector.copy()  # a view would keep its whole batch alive in the cache
        return iter(vectors)

    def _tokenize(self, texts: list[str]) -> list[TokenIds]:
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # lone surrogates become "?"
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]

    def _run(self, tokens: list[TokenIds]) -> Vectors:
        """(n, dimension) of n token sequences of one length."""
        ids = np.array(tokens, np.int64)
        mask = np.ones_like(ids)
        if ids.shape[1] < MIN_TOKENS:
            missing = ((0, 0), (0, MIN_TOKENS - ids.shape[1]))
            ids, mask = np.pad(ids, missing), np.pad(mask, missing)
        vectors: Vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors

    def _remember(self, texts: list[str], vectors: dict[str, Vectors]) -> None:
        for text in texts:
            self._cache[text] = vectors[text]
        while len(self._cache) > self._cache_texts:
            self._cache.popitem(last=False)

    def _count(self, n_hits: int, n_misses: int, encode_s: float) -> None:
        old = self._stats
        self._stats = EncoderStats(
            n_hits=old.n_hits + n_hits, n_misses=old.n_misses + n_misses, encode_s=old.encode_s + encode_s
        )


def _runs(tokens: list[TokenIds]) -> Iterator[list[int]]:
    """Positions of `tokens` that run together: of one length, the longest first, so that threads end together."""
    order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
    for n_tokens, group in groupby(order, key=lambda i: len(tokens[i])):
        positions = list(group)
        size = max(1, min(RUN_TEXTS, RUN_TOKENS // max(n_tokens, 1)))
        for start in range(0, len(positions), size):
            yield positions[start : start + size]


def _session(folder: EncoderFolder) -> ort.InferenceSession:
    """The model, one thread to a run. Raises EncoderError when it does not fit its manifest."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The file is already fused; the further levels rewrite it for the machine at hand and gain nothing here.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = ort.InferenceSession(str(folder.path / MODEL), options, providers=["CPUExecutionProvider"])
    _check_shape(session, folder)
    return session


def _check_shape(session: ort.InferenceSession, folder: EncoderFolder) -> None:
    inputs = sorted(value.name for value in session.get_inputs())
    if inputs != ["attention_mask", "input_ids"]:
        raise EncoderError(f"{folder.path / MODEL} takes {inputs}, expected attention_mask and input_ids")
    got = session.get_outputs()[0].shape[-1]
    if got != folder.manifest.dimension:
        raise EncoderError(
            f"{folder.path / MODEL} gives {got} dimensions, its manifest says {folder.manifest.dimension}; "
            "export the model again (python -m export --help)"
        )


def _tokenizer(folder: EncoderFolder) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder.path / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(folder.manifest.max_tokens)
    return tokenizer
