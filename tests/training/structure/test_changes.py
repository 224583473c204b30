"""What would be for some of the reasons found, what births are called, and what is left out of too many."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.structure.detect import Place
from tests.training.groups import DIMS, PLACES, around, propose, segments


def eventful() -> tuple[list[Floats], Place, tuple[str, ...]]:
    """s-0001 is two groups of 160 and 120, s-0002 and s-0003 are one, s-0004 is gone, and groups of 30 and 20 are new;
    and the reasons."""
    far = 4.0 * np.eye(DIMS)
    parted = [around(far[0] + shift * far[6] / 2.5, n, n) for shift, n in ((-1.0, 160), (1.0, 120))]
    new = [around(2 * far[at], n, n, 0.2) for at, n in ((0, 30), (1, 20))]
    near = [far[1] + shift * far[5] / 4 for shift in (-0.3, 0.3)]
    place = segments(far[0], *near, far[7], separated_pairs=[(1, 2), (1, 3), (2, 3)])
    reasons = ("born", "born 2", "split s-0001", "merged s-0002 s-0003", "gone s-0004")
    return [*parted, around(far[1], 90, 1), *new], place, reasons


def test_every_reason_can_be_asked_for_alone() -> None:
    groups, place, reasons = eventful()
    n_more = dict(zip(reasons, (1, 1, 1, -1, -1), strict=True))
    whole = propose(groups, place, ["s-0004"])
    assert (whole.reasons, len(whole.born), whole.n_groups) == (reasons, 2, 5)
    for reason in reasons:
        found = propose(groups, place, ["s-0004"], only={reason})
        assert (found.reasons, found.n_groups) == ((reason,), 4 + n_more[reason])
        rest = propose(groups, place, ["s-0004"], only={*reasons} - {reason})
        assert rest.reasons == tuple(other for other in reasons if other != reason)
        assert rest.n_groups == 5 - n_more[reason]
    nothing = propose(groups, place, ["s-0004"], only=())
    assert (nothing.reasons, sorted(nothing.centroids.tolist())) == ((), sorted(place.centroids.tolist()))


def test_a_birth_that_is_asked_for_is_the_one_that_had_the_name() -> None:
    groups, place, _ = eventful()
    for reason, new in (("born", groups[3]), ("born 2", groups[4])):
        found = propose(groups, place, only={reason})
        np.testing.assert_allclose(found.centroids[found.born[0]], new.mean(axis=0), atol=0.6)


def test_births_are_called_as_what_is_watched_and_by_their_size() -> None:
    #  the group of 20 is watched already: it comes first
    groups, place, _ = eventful()
    watching = segments(*place.centroids, watched=[groups[4].mean(axis=0)])
    found = propose(groups, watching, only={"born s-0101", "born"})
    assert found.reasons == ("born s-0101", "born")
    assert found.centroids[list(found.born)] == pytest.approx(np.stack([groups[4].mean(0), groups[3].mean(0)]))


def test_what_is_new_beside_a_watched_group_and_one_with_it_is_called_as_it() -> None:
    #  the watched group has grown beyond what is nearer to it than to s-0001
    old, new = around(PLACES[0], 150, 1), around(PLACES[0] * -1, 60, 2, 0.3)
    watching = segments(PLACES[0], watched=[-PLACES[0]])
    assert propose([old, new], watching).reasons == ("born s-0101",)


def test_what_would_be_too_many_is_left_out_the_smallest_first() -> None:
    #  segments    4, and one more each for the split (its smaller half: 120), the births of 30 and of 20;
    #              one less each for the merger and the end: 5 groups
    groups, place, reasons = eventful()
    for n_max, out in ((5, ()), (4, ("born 2",))):
        found = propose(groups, place, ["s-0004"], n_max=n_max)
        assert (found.reasons, found.n_groups) == (tuple(r for r in reasons if r not in out), 5)
        assert len(found.centroids) == 5 - len(out)
    growing = ("born", "born 2", "split s-0001")
    for n_max, kept in ((7, growing), (6, ("born", "split s-0001")), (5, ("split s-0001",)), (4, ()), (2, ())):
        found = propose(groups, place, n_max=n_max, only=growing)
        assert (found.reasons, found.n_groups) == (kept, 7)


def test_mergers_and_ends_are_proposed_though_there_are_too_many_groups() -> None:
    groups, place, reasons = eventful()
    assert propose(groups, place, ["s-0004"], n_max=2).reasons == reasons[:1] + reasons[2:]
