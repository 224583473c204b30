"""Ways to put households into groups by what is known at a date: segments, declared traits, RFM, the encoder, chance.

No way sees anything later than the date, or what anybody buys after it; each sees the past of all households. RFM as
the field has it: days since the last basket, number of baskets and money spent, here since January; each cut into five
parts with equally many households, or all three together into k groups by k-means on their standardised logarithms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from bench.quality.estimates import Floats
from bench.quality.profiles import TextVectors, profiles
from bench.quality.split import Split
from bench.stability.timeline import Timeline, segment_before
from stream.core.encoder import Encoder
from stream.core.policy import DAY_MS
from stream.files.complete_journey import purchases

N_PARTS = 5
NOT_DECLARED = "not declared"
SEED = 0


@dataclass(frozen=True)
class Grouping:
    """A label for each test household, then one for each training household, both in the order of the split."""

    name: str
    labels: tuple[str, ...]


class Purchase(msgspec.Struct):
    """What RFM needs of a message; `id` is basket and product."""

    id: str
    timestamp: int
    amount: float


def households(split: Split) -> list[int]:
    """In the order of a grouping's labels."""
    return [*split.test, *split.training]


def segments(name: str, split: Split, timelines: Mapping[str, Timeline], time_ms: int) -> Grouping:
    """What was said last before the date; `unknown`, `inactive` and `pending` are groups too."""
    return Grouping(name, tuple(segment_before(timelines.get(str(h), []), time_ms) for h in households(split)))


def demographics(split: Split) -> Grouping:
    """Age with income, and one group of those who declared nothing."""
    declared = split.demographics.reindex(households(split))
    both = zip(declared.age, declared.income, declared.age.notna(), strict=True)
    return Grouping(
        "age and income", tuple(f"{age}, {income}" if known else NOT_DECLARED for age, income, known in both)
    )


def rfm(split: Split, before_ms: int) -> Floats:
    """(n, 3): recency in days, frequency in baskets, money spent."""
    found = {household: (0, set[str](), 0.0) for household in households(split)}
    decode = msgspec.json.Decoder(Purchase).decode
    for key, value in purchases(end_ms=before_ms, households=list(found)):
        purchase = decode(value)
        _, baskets, spent = found[int(key)]
        baskets.add(purchase.id.rpartition("-")[0])
        found[int(key)] = (purchase.timestamp, baskets, spent + purchase.amount)
    return np.array([((before_ms - last) / DAY_MS, len(baskets), spent) for last, baskets, spent in found.values()])


def rfm_cells(values: Floats) -> Grouping:
    """Up to 125 groups, from `rfm`."""
    ranks = values.argsort(axis=0, kind="stable").argsort(axis=0)
    return Grouping("RFM quintiles", tuple("-".join(map(str, row)) for row in ranks * N_PARTS // len(values)))


def rfm_clusters(values: Floats, n_groups: int) -> Grouping:
    """As many groups as asked, from `rfm`."""
    return Grouping(
        "RFM, as many groups as Segue", _clusters(StandardScaler().fit_transform(np.log1p(values)), n_groups)
    )


def encoder_clusters(split: Split, encoder: Encoder, n_groups: int) -> Grouping:
    """Of the profiles of `bench.quality`: the last 50 purchases, with neither explicit features nor decay."""
    texts = split.texts()
    found = profiles(TextVectors(dict(zip(texts, encoder.encode(texts), strict=True))), split)
    return Grouping(
        "the encoder's profiles, k-means", _clusters(np.concatenate([found.before, found.training]), n_groups)
    )


def shuffled(grouping: Grouping) -> Grouping:
    """Groups of the same sizes, by chance."""
    return Grouping("chance, sizes as Segue", tuple(np.random.default_rng(SEED).permutation(grouping.labels).tolist()))


def _clusters(rows: Floats, n_groups: int) -> tuple[str, ...]:
    return tuple(map(str, KMeans(n_groups, n_init=10, random_state=SEED).fit_predict(rows)))
