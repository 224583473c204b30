"""Twenty lines of scikit-learn on the same users: k-means on their last texts, and on explicit features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import StandardScaler, normalize

from stream.core.arrays import Floats
from stream.core.encoder import Encoder

ENCODER, TFIDF, FEATURES = "mean of the encoder", "TF-IDF, SVD 100", "explicit features"
N_COMPONENTS = 100
SEED = 0

Spaces = Mapping[str, Floats]  # (n_users, d) by baseline


def text_spaces(windows: Sequence[Sequence[str]], encoder: Encoder) -> Spaces:
    """Return unit rows for each user's texts: the mean of the encoder's vectors, and TF-IDF in N_COMPONENTS."""
    distinct = sorted({text for window in windows for text in window})
    vectors = dict(zip(distinct, encoder.encode(distinct), strict=True))
    means = np.stack([np.mean([vectors[text] for text in window], axis=0) for window in windows])
    counts = TfidfVectorizer(sublinear_tf=True, min_df=3).fit_transform([" ".join(window) for window in windows])
    n_components = min(N_COMPONENTS, *(size - 1 for size in counts.shape))
    reduced = TruncatedSVD(n_components, random_state=SEED).fit_transform(counts)
    return {ENCODER: normalize(means), TFIDF: normalize(reduced)}


def feature_space(rows: Sequence[Floats]) -> Floats:
    """Return each user's explicit features, standardised."""
    return np.asarray(StandardScaler().fit_transform(np.stack(rows)))


def cluster(space: Floats, n_groups: int) -> list[str]:
    """Return a label for each row, by k-means; two groups at least."""
    found = KMeans(max(n_groups, 2), n_init=5, random_state=SEED).fit_predict(space)
    return [str(label) for label in found]
