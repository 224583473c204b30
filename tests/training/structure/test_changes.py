"""Change sets of all findings and of a choice of them, the numbering of births, and the limit on clusters."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.structure.detect import KnownSegments, unchanged_structure
from stream.training.values.structure_change import StructureChange
from tests.training.planted_clusters import DIMS, PLACES, around, born, detected, gone, known_segments, merged, split

CHANGES = (born(ordinal=1), born(ordinal=2), split(1), merged(2, 3), gone(4))


def eventful(n_gone: int = 1) -> tuple[list[Floats], KnownSegments]:
    """Return clusters and segments among which every kind of change is found.

    s-0001 is two clusters of 160 and 120, s-0002 and s-0003 are one, s-0004 is gone, and clusters of 30 and 20 are new.
    """
    far = 4.0 * np.eye(DIMS)
    parts = [around(far[0] + shift * far[6] / 2.5, n, n) for shift, n in ((-1.0, 160), (1.0, 120))]
    new = [around(2 * far[at], n, n, 0.2) for at, n in ((0, 30), (1, 20))]
    near = [far[1] + shift * far[5] / 4 for shift in (-0.3, 0.3)]
    segments = known_segments(
        far[0], *near, far[7], separated_pairs=[(1, 2), (1, 3), (2, 3)], gone=[4] if n_gone else []
    )
    return [*parts, around(far[1], 90, 1), *new], segments


def test_all_findings_make_one_change_set_births_first() -> None:
    found = detected(*eventful())
    assert (found.changes, len(found.born), found.n_clusters) == (CHANGES, 2, 5)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_each_change_can_be_chosen_alone_or_left_out_alone(change: StructureChange) -> None:
    clusters, segments = eventful()
    effect = dict(zip(CHANGES, (1, 1, 1, -1, -1), strict=True))[change]
    alone = detected(clusters, segments, chosen={change})
    assert (alone.changes, alone.n_clusters) == ((change,), 4 + effect)
    others = detected(clusters, segments, chosen={*CHANGES} - {change})
    assert (others.changes, others.n_clusters) == (tuple(c for c in CHANGES if c != change), 5 - effect)


def test_without_a_chosen_change_the_segments_stay_as_they_are() -> None:
    clusters, segments = eventful()
    nothing = detected(clusters, segments, chosen=())
    assert (nothing.changes, sorted(nothing.centroids.tolist())) == ((), sorted(segments.centroids.tolist()))


def test_the_report_of_no_change_has_the_segments_as_its_clusters() -> None:
    _, segments = eventful()
    found = unchanged_structure(segments).change_set()
    assert (found.changes, found.born, found.n_clusters) == ((), (), 4)
    assert found.centroids.tobytes() == segments.centroids.tobytes()


def test_a_chosen_birth_is_the_cluster_that_had_its_ordinal() -> None:
    clusters, segments = eventful(n_gone=0)
    for ordinal, new in ((1, clusters[3]), (2, clusters[4])):
        found = detected(clusters, segments, chosen={born(ordinal=ordinal)})
        np.testing.assert_allclose(found.centroids[found.born[0]], new.mean(axis=0), atol=0.6)


def test_births_are_watched_clusters_by_id_then_new_ones_by_size() -> None:
    #  the cluster of 20 is watched already: it comes first
    clusters, segments = eventful(n_gone=0)
    watching = known_segments(*segments.centroids, watched=[clusters[4].mean(axis=0)])
    found = detected(clusters, watching, chosen={born(101), born(ordinal=1)})
    assert found.changes == (born(101), born(ordinal=1))
    expected = np.stack([clusters[4].mean(axis=0), clusters[3].mean(axis=0)])
    assert found.centroids[list(found.born)] == pytest.approx(expected)


def test_a_new_cluster_that_is_one_with_a_watched_one_has_its_id() -> None:
    #  the watched cluster has grown beyond the users nearer to it than to s-0001
    old, new = around(PLACES[0], 150, 1), around(PLACES[0] * -1, 60, 2, 0.3)
    watching = known_segments(PLACES[0], watched=[-PLACES[0]])
    assert detected([old, new], watching).changes == (born(101),)


@pytest.mark.parametrize(("n_max", "left_out"), [(5, ()), (4, (born(ordinal=2),))])
def test_of_too_many_clusters_the_smallest_addition_is_left_out(
    n_max: int, left_out: tuple[StructureChange, ...]
) -> None:
    #  segments    4, and one more each for the split (its smaller part: 120), the births of 30 and of 20;
    #              one less each for the merge and the end: 5 clusters
    found = detected(*eventful(), n_max=n_max)
    assert (found.changes, found.n_clusters) == (tuple(c for c in CHANGES if c not in left_out), 5)
    assert len(found.centroids) == 5 - len(left_out)


@pytest.mark.parametrize("n_max", [7, 6, 5, 4, 2])
def test_additions_are_left_out_one_by_one_until_clusters_fit_or_none_is_left(n_max: int) -> None:
    growing = (born(ordinal=1), born(ordinal=2), split(1))
    kept = {7: growing, 6: (born(ordinal=1), split(1)), 5: (split(1),)}
    clusters, segments = eventful(n_gone=0)
    found = detected(clusters, segments, n_max=n_max, chosen=growing)
    assert (found.changes, found.n_clusters) == (kept.get(n_max, ()), 7)


def test_merges_and_ends_are_made_though_there_are_too_many_clusters() -> None:
    assert detected(*eventful(), n_max=2).changes == (CHANGES[0], *CHANGES[2:])
