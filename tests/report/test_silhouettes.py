"""Silhouettes equal Rousseeuw's definition, worked out user by user."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats, Vectors
from stream.report.silhouettes import silhouettes, summary


def by_definition(profiles: Vectors, segments: list[str], at: int) -> float:
    """(b - a) / max(a, b): a the mean distance to the own segment's others, b the least mean to another segment."""
    away = {s: [] for s in set(segments)}  # type: dict[str, list[float]]
    for other, segment in enumerate(segments):
        if other != at:
            away[segment].append(float(np.linalg.norm(profiles[at].astype(float) - profiles[other])))
    own = away.pop(segments[at])
    if not own:
        return 0.0
    a, b = float(np.mean(own)), min(float(np.mean(each)) for each in away.values())
    return (b - a) / max(a, b)


def drawn(n: int, seed: int = 0) -> tuple[Vectors, list[str]]:
    rng = np.random.default_rng(seed)
    of = rng.integers(0, 4, n)
    return (rng.normal(0, 1, (n, 5)) + of[:, None]).astype(np.float32), [f"s-{at}" for at in of]


def test_a_silhouette_is_that_of_the_definition() -> None:
    profiles, segments = drawn(60)
    found = silhouettes(profiles, segments, ["s-0", "s-1", "s-2", "s-3"])
    expected = [by_definition(profiles, segments, at) for at in range(60)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_users_outside_the_known_segments_have_none_and_count_for_nobody() -> None:
    profiles, segments = drawn(60)
    known = ["s-0", "s-1"]
    rows = [at for at, segment in enumerate(segments) if segment in known]
    found = silhouettes(profiles, segments, known)
    alone = silhouettes(profiles[rows], [segments[at] for at in rows], known)
    assert np.isnan(np.delete(found, rows)).all()
    np.testing.assert_array_equal(found[rows], alone)


@pytest.mark.parametrize("segments", [[], ["a"], ["a", "a", "a"], ["a", "b"]])
def test_too_few_users_or_segments_have_no_silhouettes(segments: list[str]) -> None:
    assert np.isnan(silhouettes(np.zeros((len(segments), 2), np.float32), segments, ["a", "b"])).all()


def test_a_summary_counts_every_user_once() -> None:
    values: Floats = np.array([-1.0, -0.5, 0.0, 0.05, 0.5, 1.0, np.nan])
    found = summary(values)
    assert found is not None
    assert (found.n_users, sum(found.bins), found.bins[0], found.bins[-1]) == (6, 6, 1, 1)
    assert found.mean == pytest.approx(0.05 / 6)
    assert found.share_negative == pytest.approx(2 / 6)
    assert summary(np.array([np.nan])) is None
