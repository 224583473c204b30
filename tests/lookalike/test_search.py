"""A search finds the others of the seeds' group, exactly, whatever the chunks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stream.core.arrays import Vectors
from stream.lookalike import search
from stream.lookalike.pool import Pool, PoolBuilder
from stream.lookalike.scoring import Score, like_centroid, like_nearest, like_seeds
from stream.lookalike.search import LookAlikeError, look_alike
from tests.lookalike.crowd import crowd, group_of

SCORINGS = (like_centroid, like_nearest, like_seeds)
Scoring = Callable[[Vectors, Vectors], Score]


def pool_of(n: int) -> Pool:
    builder = PoolBuilder()
    for each in crowd(n):
        builder.put(each)
    return builder.pool()


POOL = pool_of(200)
SEEDS = [user for user in POOL.users if group_of(user) == 2][:10]


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_users_of_the_seeds_group_come_first(scoring: Scoring) -> None:
    found = look_alike(POOL, SEEDS, 40, scoring)
    assert {group_of(each.user) for each in found.users} == {2}
    assert not {each.user for each in found.users} & set(SEEDS)
    assert (found.n_seeds, found.n_profiles, found.unknown) == (10, 200, ())


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_ranking_is_that_of_all_scores_and_chunks_do_not_matter(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = look_alike(POOL, SEEDS, 190, scoring)
    scores = [each.score for each in whole.users]
    assert scores == sorted(scores, reverse=True)
    assert len(whole.users) == 190
    monkeypatch.setattr(search, "_CHUNK", 7)
    chunked = look_alike(POOL, SEEDS, 190, scoring)
    np.testing.assert_allclose([each.score for each in chunked.users], scores, rtol=1e-4, atol=1e-5)
    assert {each.user for each in chunked.users[:40]} == {each.user for each in whole.users[:40]}


def test_seeds_without_a_profile_are_told_and_repeated_ones_count_once() -> None:
    found = look_alike(POOL, ["nobody", *SEEDS, *SEEDS, "nobody"], 5)
    assert (found.unknown, found.n_seeds) == (("nobody",), 10)


def test_more_users_than_there_are_is_all_of_them() -> None:
    assert len(look_alike(POOL, SEEDS, 10_000).users) == 190


def test_one_seed_is_enough() -> None:
    assert {group_of(each.user) for each in look_alike(POOL, SEEDS[:1], 10).users} == {2}


@pytest.mark.parametrize(
    ("pool", "seeds", "said"),
    [
        (PoolBuilder().pool(), ["ann"], "SEGUE_PUBLISH_PROFILES"),
        (POOL, ["ann"], "none of the 1 seeds is among the 200 users"),
        (POOL, POOL.users, "every user with a profile is a seed"),
    ],
)
def test_a_search_without_an_answer_says_what_to_do(pool: Pool, seeds: list[str], said: str) -> None:
    with pytest.raises(LookAlikeError, match=said):
        look_alike(pool, seeds, 5)
