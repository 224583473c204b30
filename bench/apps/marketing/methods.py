"""Methods to rank recipients: plain baselines, learned ones, and learned uses of segment and profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import rankdata

from bench.apps.marketing.situations import Situation
from export.presets.completejourney import demographics
from stream.core.arrays import Floats

OfRecipients = Callable[[Situation], Floats]
_DAYS, _VISITS, _SPEND, _REDEEMED, _RECEIVED = range(5)  # columns of `counted`


@dataclass(frozen=True)
class Method:
    """A method of ranking: a score for each recipient, or features from which a score is learned."""

    name: str
    score: OfRecipients | None = None
    features: OfRecipients | None = None


def plain() -> list[Method]:
    """Return the methods that need no Segue."""
    return [
        Method("random", score=lambda at: np.zeros(len(at.households))),
        Method("RFM quintiles", score=_quintiles),
        Method("RFM, learned", features=_rfm),
        Method("demographics, learned", features=_declared),
        Method("past redemption", score=lambda at: at.counted[:, _REDEEMED]),
        Method("past redemption, learned", features=_past),
        Method("RFM, past redemption, learned", features=lambda at: np.column_stack([_rfm(at), _past(at)])),
        Method("coupon use", score=lambda at: at.n_coupons),
        Method("RFM, past redemption, coupon use, learned", features=_explicit),
    ]


def published(situations: Sequence[Situation]) -> list[Method]:
    """Return the methods that need what Segue published, and nothing else."""
    segments = sorted({segment for at in situations for segment in at.segments})
    return [
        Method("segment id, learned", features=lambda at: _one_hot(at.segments, segments)),
        Method("profile, learned", features=_profile),
        Method("RFM, past redemption, explicit half, learned", features=_without_texts),
    ]


def _quintiles(at: Situation) -> Floats:
    """Return the sum of three fifths from 1 to 5, the usual RFM score."""
    signed = at.counted[:, [_DAYS, _VISITS, _SPEND]] * (-1, 1, 1)
    ranks = rankdata(signed, axis=0) / len(signed)
    return np.asarray(np.ceil(5 * ranks).sum(axis=1))


def _rfm(at: Situation) -> Floats:
    return np.log1p(at.counted[:, [_DAYS, _VISITS, _SPEND]])


def _past(at: Situation) -> Floats:
    return np.log1p(at.counted[:, [_REDEEMED, _RECEIVED]])


def _used(at: Situation) -> Floats:
    return np.log1p(at.n_coupons)


def _explicit(at: Situation) -> Floats:
    return np.column_stack([_rfm(at), _past(at), _used(at)])


def _without_texts(at: Situation) -> Floats:
    return np.column_stack([_rfm(at), _past(at), _roots(at.explicit)])


def _profile(at: Situation) -> Floats:
    """Return the explicit half, the semantic half, and its cosine with the campaign's texts."""
    return np.column_stack([_roots(at.explicit), at.semantic, at.affinity])


def _declared(at: Situation) -> Floats:
    encoded, of = _demographics()
    rows = [of.get(int(household), -1) for household in at.households]
    return np.asarray(encoded[rows])


def _roots(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


@cache
def _demographics() -> tuple[Floats, dict[int, int]]:
    """Return declared labels as indicators, and the row of each household; the last row is of those without."""
    table = demographics()
    columns = [_one_hot(tuple(map(str, table[name])), sorted(set(map(str, table[name])))) for name in table.columns]
    encoded = np.column_stack(columns)
    rows = {int(household): row for row, household in enumerate(table.index)}
    return np.vstack([encoded, np.zeros(encoded.shape[1])]), rows


def _one_hot(values: Sequence[str], known: Sequence[str]) -> Floats:
    return np.array([[value == each for each in known] for value in values], np.float64)
