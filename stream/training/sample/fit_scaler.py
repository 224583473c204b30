"""The fit of a scaler to the users of a generation."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Floats
from stream.core.profile import Profiles
from stream.core.scaler import CLIP, Scaler
from stream.training.sample.signal_subspace import SignalSubspace, rounded

_RESOLUTIONS = 4.0  # least scale of a feature, in its resolution
_SPREAD_FEATURES = 0.5  # part of the features that must have spread before the half has its full variance
_SIGNAL_LEAST = 0.25  # least standard deviation in the lasting directions, of rows of length 1
_NOISE_LEAST = 0.7  # least standard deviation in all directions where none is lasting: that of rows of few items
_NOISE_PART = 0.25  # variance of the semantic half, where no direction is lasting


def fit_scaler(raw: Profiles, signal: SignalSubspace, semantic_weight: float, resolutions: Floats) -> Scaler:
    """Return the scaler of n profiles; `resolutions (n_features,)` are those of the features.

    Where texts do not tell users apart, the explicit half has the whole lasting variance.
    """
    mean = raw.explicit.mean(axis=0)
    scale = np.maximum(raw.explicit.std(axis=0), np.maximum(_RESOLUTIONS * resolutions, 1e-9))
    z = np.clip((raw.explicit - mean) / scale, -CLIP, CLIP)
    # features without spread leave the half with less than its variance: noise must not be blown up
    variance = max(float(z.var(axis=0).sum()), _SPREAD_FEATURES * z.shape[1]) or 1.0
    semantic_mean = raw.semantic.mean(axis=0, dtype=np.float64).astype(np.float32)
    has_signal = signal.basis.shape[1] > 0
    return Scaler(
        explicit_mean=mean,
        explicit_scale=scale,
        explicit_spread=float(np.sqrt(variance)),
        explicit_weight=1 - semantic_weight if has_signal else 1.0,
        semantic_mean=semantic_mean,
        semantic_scale=_semantic_scale(raw, raw.semantic - semantic_mean, signal),
        semantic_prior=signal.prior,
        semantic_weight=semantic_weight if has_signal else _NOISE_PART * semantic_weight,
    )


def _semantic_scale(raw: Profiles, centred: Floats, signal: SignalSubspace) -> float:
    """Return the standard deviation after shrinkage, in the lasting directions or, without any, in all."""
    has_signal = signal.basis.shape[1] > 0
    kept = centred @ signal.basis if has_signal else centred
    sure = raw.mass / np.maximum(raw.mass + signal.prior, 1e-9)
    spread = float(np.sqrt((np.square(kept, dtype=np.float64).sum(axis=1) * sure).mean()))
    return rounded(max(spread, _SIGNAL_LEAST if has_signal else _NOISE_LEAST))
