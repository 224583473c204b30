"""When a published name stays: a name changes only when its segment does.

Every test allows for sampling, so that no name changes from one day's sample to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats

PERSISTED_MIN = 0.5  # of the segment's users: with fewer, the name tells of other people
_SAID_MIN = 0.02  # of the segment's users say it: certainly fewer is nobody
_LEAD_MAX = 1.2  # another segment says it so much more often, and certainly more: the phrase is its own
_RATIO_MIN = 1.5  # to all other users: what people say certainly less more often than so sets nobody apart
_CERTAIN = 3.0  # standard errors
_SAMPLED_MIN = 10  # users with texts: fewer are no evidence against a name


@dataclass(frozen=True, slots=True)
class PhraseUse:
    """Use of a phrase of a published name: the share (k,) of each segment's sampled users that say it.

    `n_sampled (k,)` are the users sampled in each segment, `at` is the row of the name's own.
    """

    at: int
    coverage: Floats
    n_sampled: Floats


def keeps_name(phrases: Sequence[PhraseUse], persisted: float = 1.0) -> bool:
    """Return True if the segment is still the one that was named, and the name still fits it.

    The first phrase of the name must fit, and half of all. `persisted` is the share of the segment that persists
    from before.
    """
    fitting = [_fits(use) for use in phrases]
    return persisted >= PERSISTED_MIN and bool(fitting) and fitting[0] and 2 * sum(fitting) >= len(fitting)


def _fits(use: PhraseUse) -> bool:
    """Return False if the segment's users certainly do not say the phrase, or others certainly say it more."""
    own, n_own = float(use.coverage[use.at]), float(use.n_sampled[use.at])
    if n_own < _SAMPLED_MIN:
        return True
    variance = use.coverage * (1 - use.coverage) / np.maximum(use.n_sampled, 1)
    if own + _CERTAIN * (variance[use.at] ** 0.5 + 1 / n_own) < _SAID_MIN:
        return False
    lead = use.coverage - own
    is_ahead = (lead > _CERTAIN * np.sqrt(variance + variance[use.at])) & (use.coverage > _LEAD_MAX * own)
    return not bool((is_ahead & (use.n_sampled >= _SAMPLED_MIN)).any()) and _sets_apart(use)


def _sets_apart(use: PhraseUse) -> bool:
    """Return False if the segment's users certainly say the name hardly more often than all others do."""
    users = use.coverage * use.n_sampled + 0.5
    own, rest = users[use.at], users.sum() - users[use.at]
    n_rest = use.n_sampled.sum() - use.n_sampled[use.at]
    if not n_rest:
        return True
    ratio = own / use.n_sampled[use.at] / (rest / n_rest)
    return bool(np.log(ratio) + _CERTAIN * np.sqrt(1 / own + 1 / rest) > np.log(_RATIO_MIN))
