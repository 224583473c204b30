"""Groupings of households at a date: segments, declared traits, RFM, the encoder's profiles, chance.

All groupings see the past of all households, and nothing after the date. RFM is the usual one: days since the last
basket, number of baskets and money spent, here since January. Either each value is cut into quintiles, or k-means
clusters the three standardised logarithms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from bench.quality.profiles import TextVectors, profiles
from bench.quality.split import Split
from bench.stability.timeline import Timeline, segment_before
from stream.core.arrays import Floats
from stream.core.encoder import Encoder
from stream.core.policy import DAY_MS
from stream.files.complete_journey import purchases

N_PARTS = 5
NOT_DECLARED = "not declared"
SEED = 0


@dataclass(frozen=True)
class Grouping:
    """Labels of households: of the test households, then of the training households, in the order of the split."""

    name: str
    labels: tuple[str, ...]


class Purchase(msgspec.Struct):
    """Fields of a message that RFM needs; `id` is basket and product."""

    id: str
    timestamp: int
    amount: float


def households(split: Split) -> list[int]:
    """Return the households in the order of a grouping's labels."""
    return [*split.test, *split.training]


def segments(name: str, split: Split, timelines: Mapping[str, Timeline], time_ms: int) -> Grouping:
    """Group by the last segment before the date; `unknown`, `inactive` and `pending` are groups too."""
    return Grouping(name, tuple(segment_before(timelines.get(str(h), []), time_ms) for h in households(split)))


def demographics(split: Split) -> Grouping:
    """Group by age and income, with one group for households without a declaration."""
    declared = split.demographics.reindex(households(split))
    both = zip(declared.age, declared.income, declared.age.notna(), strict=True)
    return Grouping(
        "age and income", tuple(f"{age}, {income}" if known else NOT_DECLARED for age, income, known in both)
    )


def rfm(split: Split, before_ms: int) -> Floats:
    """Return `(n, 3)`: recency in days, frequency in baskets, money spent."""
    found = {household: (0, set[str](), 0.0) for household in households(split)}
    decode = msgspec.json.Decoder(Purchase).decode
    for key, value in purchases(end_ms=before_ms, households=list(found)):
        purchase = decode(value)
        _, baskets, spent = found[int(key)]
        baskets.add(purchase.id.rpartition("-")[0])
        found[int(key)] = (purchase.timestamp, baskets, spent + purchase.amount)
    return np.array([((before_ms - last) / DAY_MS, len(baskets), spent) for last, baskets, spent in found.values()])


def rfm_cells(values: Floats) -> Grouping:
    """Cut the values of `rfm` into quintiles: up to 125 groups."""
    ranks = values.argsort(axis=0, kind="stable").argsort(axis=0)
    return Grouping("RFM quintiles", tuple("-".join(map(str, row)) for row in ranks * N_PARTS // len(values)))


def rfm_clusters(values: Floats, n_groups: int) -> Grouping:
    """Cluster the values of `rfm` into `n_groups`."""
    return Grouping(
        "RFM, as many groups as Segue", _clusters(StandardScaler().fit_transform(np.log1p(values)), n_groups)
    )


def encoder_clusters(split: Split, encoder: Encoder, n_groups: int) -> Grouping:
    """Cluster the profiles of `bench.quality`: the last 50 purchases, without explicit features and decay."""
    texts = split.texts()
    found = profiles(TextVectors(dict(zip(texts, encoder.encode(texts), strict=True))), split)
    return Grouping(
        "the encoder's profiles, k-means", _clusters(np.concatenate([found.before, found.training]), n_groups)
    )


def shuffled(grouping: Grouping) -> Grouping:
    """Return random groups of the same sizes."""
    return Grouping("chance, sizes as Segue", tuple(np.random.default_rng(SEED).permutation(grouping.labels).tolist()))


def _clusters(rows: Floats, n_groups: int) -> tuple[str, ...]:
    return tuple(map(str, KMeans(n_groups, n_init=10, random_state=SEED).fit_predict(rows)))
