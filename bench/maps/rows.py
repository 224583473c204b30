"""Rows: how far users move between two reports, how true their neighbours are, and what a map costs."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import process_time

import numpy as np

from bench.maps.people import Months, planted_months
from stream.core.arrays import Vectors
from stream.core.profile import Profiles
from stream.core.scaler import Scaler
from stream.maps.alignment import align, shift
from stream.maps.fit import fit_landmarks
from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method, project
from stream.maps.quality import placed_quality, quality
from stream.maps.renewal import renew
from stream.runtime.process import prepare_process


@dataclass(frozen=True)
class ShiftRow:
    """Shares of the map's width by which the same users moved in a month: median and 95th percentile.

    `unchanged_p100`: the largest shift of anybody if no profile had changed. `afresh`: the library run afresh on each
    month's users, turned to the first map. `chance`: two users at random.
    """

    data: str
    method: str
    n_people: int
    layout: str
    unchanged_p100: float
    median: float
    p95: float
    afresh_median: float
    chance: float


@dataclass(frozen=True)
class TrustRow:
    """Quality of a month's users on last month's map, and of the library run afresh on the same users.

    True neighbours are those in all dimensions of the segment model's space.
    """

    data: str
    method: str
    n_people: int
    n_landmarks: int
    trust: float
    trust_afresh: float
    difference: float
    continuity: float
    continuity_afresh: float


@dataclass(frozen=True)
class CostRow:
    """Cost of a map: seconds of one core, and memory of the process in MB at most, before and after."""

    n_people: int
    n_landmarks: int
    method: str
    fit_cpu_s: float
    place_cpu_s: float
    quality_cpu_s: float
    memory_before: int
    memory_peak: int


def compare(months: Months, methods: Sequence[Method], n_landmarks: int) -> Iterator[tuple[ShiftRow, TrustRow]]:
    """Yield both rows of each method: the second report keeps the layout of the first, if it still serves."""
    first, second = months.first, months.second
    before = renew(None, first.profiles, first.segments, first.model, methods, n_landmarks)
    after = renew(before.landmarks, second.profiles, second.segments, second.model, methods, n_landmarks)
    then, now = months.same()
    for method in methods:
        afresh = [_afresh(method, each, second.model.scaler) for each in (second.profiles, then, now)]
        yield (
            _shift_row(months.name, method, (before.landmarks, after.landmarks), then, now, after.is_kept, afresh),
            _trust_row(months, method, after.landmarks, afresh[0]),
        )


def _afresh(method: Method, profiles: Profiles, scaler: Scaler) -> Vectors:
    """Return the places of the library's own run on these users, in all dimensions."""
    vectors = scaler.transform(profiles)
    _, firsts, of_each = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    return project(method, vectors[firsts], seed=0)[of_each]


def _shift_row(
    data: str,
    method: Method,
    reports: tuple[Landmarks, Landmarks],
    then: Profiles,
    now: Profiles,
    is_kept: bool,
    afresh: Sequence[Vectors],
) -> ShiftRow:
    old, new = (each.place(method, profiles) for each, profiles in zip(reports, (then, now), strict=True))
    moved = shift(old, new)
    again = float(np.abs(reports[1].place(method, then) - old).max())
    turned = align(afresh[2], afresh[1]).apply(afresh[2])
    others = np.random.default_rng(0).permutation(len(new))
    return ShiftRow(
        data,
        method.words,
        moved.n,
        "kept" if is_kept else "fitted anew",
        again,
        moved.median,
        moved.p95,
        shift(afresh[1], turned).median,
        shift(old, new[others]).median,
    )


def _trust_row(months: Months, method: Method, landmarks: Landmarks, afresh: Vectors) -> TrustRow:
    people = months.second
    placed = placed_quality(landmarks, method, people.profiles, len(people.users))
    library = quality(people.model.scaler.transform(people.profiles), afresh, len(people.users))
    return TrustRow(
        months.name,
        method.words,
        placed.n,
        len(landmarks.vectors),
        placed.trustworthiness,
        library.trustworthiness,
        placed.trustworthiness - library.trustworthiness,
        placed.continuity,
        library.continuity,
    )


def cost_rows(n_people: int, methods: Sequence[Method], n_landmarks: int) -> list[CostRow]:
    """Return a row for each method, each measured in a process of its own."""
    rows = []
    for method in methods:
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=prepare_process) as pool:
            rows.append(pool.submit(_cost, n_people, method, n_landmarks).result())
    return rows


def _cost(n_people: int, method: Method, n_landmarks: int) -> CostRow:
    people = planted_months("heavy tail", n_people).first
    before, started = _peak_mb(), process_time()
    landmarks = fit_landmarks(people.profiles, people.segments, people.model, [method], n_landmarks)
    fitted = process_time()
    landmarks.place(method, people.profiles)
    placed = process_time()
    placed_quality(landmarks, method, people.profiles)
    cpu_s = fitted - started, placed - fitted, process_time() - placed
    return CostRow(len(people.users), len(landmarks.vectors), method.words, *cpu_s, before, _peak_mb())


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
