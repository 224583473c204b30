"""Warm-ups without spread end well: replays through the real jobs with the real encoder, every setting at its default.

At the end segments are those of the users of now, whatever the first ones were.
"""

from __future__ import annotations

from collections import Counter

import pytest

from bench.harness.setting_texts import settings_with
from bench.meaning.events import Planted
from bench.meaning.replayed import Replayed, replay
from bench.meaning.scores import answers
from bench.meaning.warm_ups import INTEREST, INTERESTS, N_PEOPLE, SCRIPT, plant_identical, plant_scripted
from stream.core.encoder import Encoder
from stream.core.reserved import UNKNOWN

CHANGES_MAX = 3  # of a user between two answers
MODELS_MAX = 20
OWN_SHARE = 0.9  # of the users of a segment


def replayed(planted: Planted, encoder: Encoder) -> Replayed:
    """Replay with the default settings."""
    return replay(planted, settings_with({}), encoder)


def n_moves(done: Replayed) -> dict[str, int]:
    """Return the number of changes between two answers of each user."""
    return {user: sum(change.is_move for change in timeline) for user, timeline in done.timelines.items()}


@pytest.mark.parametrize("seed", [0, 1])
def test_identical_users_are_one_segment_and_stay_in_it(seed: int, encoder: Encoder) -> None:
    done = replayed(plant_identical(seed), encoder)
    said = answers(done.timelines)
    assert len(said) == N_PEOPLE
    assert len(set(said.values())) == 1
    assert UNKNOWN not in said.values()
    assert set(said.values()) == done.named.keys()
    assert max(n_moves(done).values()) <= CHANGES_MAX
    assert 1 <= done.n_models <= MODELS_MAX


@pytest.mark.parametrize("seed", [0, 1])
def test_after_scripted_users_each_interest_has_segments_of_its_own(seed: int, encoder: Encoder) -> None:
    planted = plant_scripted(seed)
    done = replayed(planted, encoder)
    interests = {user: groups[INTEREST] for user, groups in planted.truth.items() if groups[INTEREST] != SCRIPT}
    said = {user: segment for user, segment in answers(done.timelines).items() if user in interests}
    assert len(said) == N_PEOPLE
    assert UNKNOWN not in said.values()
    owners = set()
    for segment in set(said.values()):
        members = Counter(interests[user] for user, answer in said.items() if answer == segment)
        (owner, n_own), *_ = members.most_common()
        assert n_own >= OWN_SHARE * members.total(), (segment, members)
        owners.add(owner)
    assert owners == set(INTERESTS)
    assert 1 <= done.n_models <= MODELS_MAX
