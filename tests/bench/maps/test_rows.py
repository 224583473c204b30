"""Two reports a month apart, on a small scale: nobody moves without a change, and neighbours are as true as afresh."""

from __future__ import annotations

import pytest

from bench.maps.people import Months, People
from bench.maps.rows import ShiftRow, TrustRow, compare
from stream.core.profile import Profiles
from stream.maps import landmarks as placing
from stream.maps.methods import Method
from tests.maps.groups import groups, model

TRUST_LOSS = 0.02  # of placed users, beside the library run afresh


def months(n: int = 500) -> Months:
    """Return users of a month, and the same with a fifth of the items new."""
    profiles, segments = groups(n)
    later, _ = groups(n, seed=1)
    mixed = Profiles(
        0.8 * profiles.explicit + 0.2 * later.explicit,
        (0.8 * profiles.semantic + 0.2 * later.semantic),
        profiles.mass,
    )
    users = tuple(f"u{at}" for at in range(n))
    people = [People(users, each, tuple(segments), model()) for each in (profiles, mixed)]
    return Months("planted", *people)


@pytest.fixture(scope="module")
def found() -> tuple[ShiftRow, TrustRow]:
    """Both rows of the t-SNE of 300 landmarks."""
    return next(iter(compare(months(), [Method.TSNE_2D], n_landmarks=300)))


def test_nobody_moves_whose_profile_is_the_same(found: tuple[ShiftRow, TrustRow]) -> None:
    assert found[0].layout == "kept"
    assert found[0].unchanged_p100 == 0.0


def test_users_move_less_than_by_a_run_afresh_and_far_less_than_by_chance(found: tuple[ShiftRow, TrustRow]) -> None:
    assert 0 < found[0].median < found[0].afresh_median
    assert found[0].median < 0.25 * found[0].chance


def test_neighbours_are_as_true_as_by_the_library_run_afresh(found: tuple[ShiftRow, TrustRow]) -> None:
    assert found[1].difference >= -TRUST_LOSS
    assert found[1].trust > 0.9


def test_a_worse_placing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "N_NEAREST", 60)
    monkeypatch.setattr(placing, "POWER", 0)
    monkeypatch.setattr(placing, "REACH", 10.0)
    _, trust = next(iter(compare(months(), [Method.TSNE_2D], n_landmarks=300)))
    assert trust.difference < -TRUST_LOSS
