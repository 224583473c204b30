"""The fit of a generation: a scale of the users, clusters in it, and the ids and names carried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from stream.core.output import Sample
from stream.training.sample.fit_scaler import fit_scaler
from stream.training.sample.signal_subspace import SignalSubspace
from stream.training.steps.fit_generation import Generation, extent_of, fit_generation
from stream.training.values.reservoir import by_priority, raw_profiles, update_reservoir
from stream.training.values.state import Extent, SampledUsers, SegmentsState
from tests.core.planted import FEATURES, N_SEMANTIC, PlantedPopulation, bits, sample
from tests.training.harness import config_of, policy_of

N = 200
CONFIG = config_of(policy_of(N))
IDS = ("s-0001", "s-0002", "s-0003", "s-0004")


def sampled(samples: Sequence[Sample]) -> SampledUsers:
    """Return the users of these samples."""
    reservoir, thresholds = update_reservoir({}, {}, samples, [""] * len(samples), 4000)
    return SampledUsers(reservoir, thresholds)


def fitted(samples: Sequence[Sample], before: SegmentsState | None = None) -> Generation:
    """Fit a generation to users with these samples."""
    return fit_generation(sampled(samples), before, 7, CONFIG)


def in_segments(generation: Generation, samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples, each in the segment nearest to it."""
    segments = generation.segments
    nearest = {
        user.sample.user: segments.ids[int(np.square(segments.centroids - row).sum(axis=1).argmin())]
        for user, row in zip(generation.population.users, generation.population.x, strict=True)
    }
    return [replace(s, segment=nearest[s.user]) for s in samples]


def test_the_first_segments_are_the_groups_with_ids_from_one() -> None:
    samples, groups = PlantedPopulation().draw(N)
    generation = fitted(samples)
    segments = generation.segments
    assert (segments.ids, segments.next_id, segments.watermark_ms) == (IDS, 5, 7)
    assert (segments.encoder, segments.features) == ("e1", FEATURES)
    found = [each.segment for each in in_segments(generation, samples)]
    assert adjusted_rand_score(groups, found) == 1.0
    assert segments.counts.tolist() == sorted(np.bincount(groups).tolist(), reverse=True)
    assert segments.squares.tolist() == segments.counts.tolist()
    assert (segments.names, segments.published_names) == ({}, {})


def test_centroids_are_means_in_the_space_of_a_scaler_fitted_to_the_users() -> None:
    generation = fitted(PlantedPopulation().draw(N)[0])
    segments, x = generation.segments, generation.population.x
    assert np.array_equal(x, segments.scaler.transform(generation.population.raw))
    assert segments.scaler.explicit_mean == pytest.approx(generation.population.raw.explicit.mean(axis=0))
    nearest = np.array([int(np.square(segments.centroids - row).sum(axis=1).argmin()) for row in x])
    means = [x[nearest == at].mean(axis=0) for at in range(4)]
    np.testing.assert_allclose(segments.centroids, means, atol=1e-12)


def test_scales_are_no_smaller_than_the_resolutions_of_the_features() -> None:
    users = sampled(PlantedPopulation().draw(N)[0])
    coarse = fit_generation(users, None, 0, replace(CONFIG, resolutions=(0.0, 100.0, 0.0))).segments.scaler
    fine = fit_generation(users, None, 0, CONFIG).segments.scaler
    raw = raw_profiles(by_priority(users.reservoir))
    signal = SignalSubspace(np.eye(N_SEMANTIC), 1.0)
    alone = fit_scaler(raw, signal, CONFIG.semantic_weight, np.array([0.0, 100.0, 0.0]))
    assert coarse.explicit_scale.tolist() == alone.explicit_scale.tolist()
    assert coarse.explicit_scale[1] > 10 * fine.explicit_scale[1]


def test_the_extent_is_the_number_of_users_and_their_median_mass() -> None:
    samples = PlantedPopulation().day(5)
    masses = (1.0, 2.0, 7.0, 30.0, 40.0)
    generation = fitted([replace(s, mass=mass) for s, mass in zip(samples, masses, strict=True)])
    assert generation.segments.extent == extent_of(generation.population) == Extent(5, 7.0)


def test_ids_and_names_are_carried_on_by_the_users() -> None:
    population = PlantedPopulation()
    first = fitted(population.day(N))
    before = replace(
        first.segments,
        names={"s-0002": "Bakers", "s-0003": "Drinkers"},
        published_names={"s-0001": "One", "s-0003": "Three"},
        next_id=12,
    )
    #  the users of the third segment have gone, and as many of another group come
    samples = in_segments(first, population.day(N))
    stay = [s for s in samples if s.segment != "s-0003"]
    come = PlantedPopulation((1.0,), seed=9).day(N - len(stay), name="v")
    segments = fitted([*stay, *come], before).segments
    assert sorted(segments.ids) == ["s-0001", "s-0002", "s-0004", "s-0012"]
    assert segments.next_id == 13
    assert (segments.names, segments.published_names) == ({"s-0002": "Bakers"}, {"s-0001": "One"})


def test_users_without_a_segment_carry_no_id_on() -> None:
    population = PlantedPopulation()
    first = fitted(population.day(N))
    segments = fitted(population.day(N), first.segments).segments
    assert segments.ids == ("s-0005", "s-0006", "s-0007", "s-0008")


def test_one_user_is_a_generation() -> None:
    segments = fitted([sample((1.0, 2.0, 3.0))]).segments
    assert (segments.ids, segments.counts.tolist(), segments.extent.n_users) == (("s-0001",), [1.0], 1)
    assert np.isfinite(segments.centroids).all()
    assert segments.thresholds[0] > 0


def test_a_generation_depends_on_neither_the_order_of_the_users_nor_the_number_of_threads() -> None:
    samples = PlantedPopulation().day(N)
    users = sampled(samples)
    found = set()
    for n_threads in (1, 2):
        for reservoir in (users.reservoir, dict(reversed([*users.reservoir.items()]))):
            with threadpool_limits(n_threads):
                found.add(bits(fit_generation(replace(users, reservoir=reservoir), None, 7, CONFIG)))
    assert len(found) == 1
