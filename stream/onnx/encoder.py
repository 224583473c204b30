"""Texts to vectors with ONNX Runtime, batch-invariant to the last bit.

A replay must decide as the live run did, with other batches. So the vector of a text must not depend on its batch.
Three rules ensure this; `tests/onnx/test_encoder.py` tests them on a CPU:

* Texts of one token length run together, so nothing is ever padded.
* A run has one thread (parallel runs have one each), so no sum is split by load.
* The graph quantises the activations of each token alone and multiplies integers: exact sums in any order.

Equal texts are encoded once, and the vectors of the last `cache_texts` texts are cached. A text without tokens after
the text step has the zero vector and no weight in a profile.
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
from tokenizers import Tokenizer

from stream.core.arrays import Vectors
from stream.onnx.folder import TOKENIZER, EncoderError, EncoderFolder, read_encoder_folder
from stream.onnx.providers import PROVIDERS, Provider
from stream.onnx.session import OnnxModel, run_size

CACHE_TEXTS = 20_000  # about 20 MB at 128 dimensions; 3,000 hold 99.8 % of the demo stream
THREADS = 2

TokenIds = list[int]


class EncoderStats(msgspec.Struct, frozen=True):
    """Totals of an encoder since its construction."""

    n_hits: int = 0  # texts in the cache, equal to another of the call, or without words
    n_misses: int = 0  # texts run through the model
    n_cached: int = 0  # texts in the cache now
    encode_s: float = 0.0  # spent in tokenizer and model


class OnnxEncoder:
    """An `Encoder` made of an ONNX file and a tokenizer; a lock serialises calls from several threads.

    Raises EncoderError when `folder` is not an intact encoder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cache_texts: int = CACHE_TEXTS,
        threads: int = THREADS,
        provider: Provider = PROVIDERS["cpu"],
    ) -> None:
        if cache_texts < 0 or threads < 1:
            raise EncoderError(f"cache_texts must be >= 0 and threads >= 1, got {cache_texts} and {threads}")
        checked = read_encoder_folder(folder)
        self._tokenizer = _load_tokenizer(checked)
        self._model = OnnxModel(checked, provider, max(self._tokenizer.get_vocab().values(), default=0))
        self._text_step = checked.manifest.text_step
        self.version = self._model.version
        self.dimension = checked.manifest.dimension
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._cache_texts = cache_texts
        self._lock = threading.Lock()
        self._stats = EncoderStats()

    @property
    def stats(self) -> EncoderStats:
        """Totals since construction, and the texts in the cache now."""
        return msgspec.structs.replace(self._stats, n_cached=len(self._cache))

    def count_hits(self, n: int) -> None:
        """Count texts whose vectors a caller had kept."""
        with self._lock:
            self._count(n, 0, 0.0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return vectors (n, dimension) float32 in the order of `texts`; (0, dimension) for none.

        A row has length 1, at most 1 with learned lengths, and 0 for a text without tokens.
        """
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
            stepped = [self._text_step.apply(text) for text in missing]
            encoded = self._infer([text for text in dict.fromkeys(stepped) if text])
            zero = np.zeros(self.dimension, np.float32)
            vectors.update((text, encoded.get(words, zero)) for text, words in zip(missing, stepped, strict=True))
            self._cache_vectors(missing, vectors)
            self._count(len(texts) - len(encoded), len(encoded), perf_counter() - started_s)
        return np.stack([vectors[text] for text in texts]) if texts else np.empty((0, self.dimension), np.float32)

    def _infer(self, texts: list[str]) -> dict[str, Vectors]:
        """Run the model; return a vector (dimension,) for each of the distinct `texts` with tokens."""
        tokens = self._tokenize(texts)
        vectors: dict[str, Vectors] = {}
        runs = list(_runs(tokens))
        batches = self._pool.map(self._model.run, [np.array([tokens[i] for i in run], np.int64) for run in runs])
        for run, batch in zip(runs, batches, strict=True):
            for i, vector in zip(run, batch, strict=True):
                vectors[texts[i]] = vector.copy()  # a view would keep the whole batch in memory
        return vectors

    def _tokenize(self, texts: list[str]) -> list[TokenIds]:
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # lone surrogates become "?"
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]

    def _cache_vectors(self, texts: list[str], vectors: dict[str, Vectors]) -> None:
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
    """Yield the positions of texts that run together: equal lengths, the longest first, none without tokens.

    Long runs first let the threads end at about the same time.
    """
    order = sorted((i for i in range(len(tokens)) if tokens[i]), key=lambda i: -len(tokens[i]))
    for n_tokens, group in groupby(order, key=lambda i: len(tokens[i])):
        positions = list(group)
        size = run_size(n_tokens)
        for start in range(0, len(positions), size):
            yield positions[start : start + size]


def _load_tokenizer(folder: EncoderFolder) -> Tokenizer:
    """Load the tokenizer, truncating at the manifest's `max_tokens`. Raises EncoderError."""
    file, max_tokens = folder.path / TOKENIZER, folder.manifest.max_tokens
    try:
        tokenizer = Tokenizer.from_str(file.read_text(encoding="utf-8"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens)
        tokenizer.encode("text")
    except Exception as error:  # the package raises no narrower class
        raise EncoderError(
            f"{file} is not a tokenizer that can be used with {max_tokens} tokens: {error}; export the model again "
            "(python -m export --help)"
        ) from error
    return tokenizer
