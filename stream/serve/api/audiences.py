"""Contents of requests and answers about audiences."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stream.serve.api.asked import N_ITEMS_MAX
from stream.serve.api.schemas import UserId

N_SEEDS_MAX = 10_000
_DEFAULT_N = 100


class SeedAudience(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seed audience, and how many users like it are asked for, at most 1,000."""

    seeds: Annotated[tuple[UserId, ...], msgspec.Meta(min_length=1, max_length=N_SEEDS_MAX)]
    n: Annotated[int, msgspec.Meta(ge=1, le=N_ITEMS_MAX)] = _DEFAULT_N


class LookAlikeShown(msgspec.Struct, frozen=True):
    """A user like the seeds; `user` is a hash unless ids are allowed. Scores of two requests do not compare."""

    user: str
    score: float
    segment: str
    time_ms: int


class LookAlikesShown(msgspec.Struct, frozen=True):
    """Users like the seeds, the most like first; seeds are not among them.

    `unknown` are seeds without a profile. `n_seeds` counts the others, `n_profiles` the users that were compared.
    """

    items: tuple[LookAlikeShown, ...]
    unknown: tuple[str, ...]
    n_seeds: int
    n_profiles: int


AUDIENCES = (SeedAudience, LookAlikesShown)
