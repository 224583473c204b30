"""The measurement: streams of several seeds, all methods at the same accepted rate of false alarms."""

from __future__ import annotations

from dataclasses import dataclass

from tqdm import tqdm

from bench.apps.risk.alarms import Judgement, alarms, judge, threshold
from bench.apps.risk.cases import Numbers
from bench.apps.risk.methods import APP, methods
from bench.apps.risk.stream import TEST_MS
from bench.apps.risk.table import Row, rows_of
from bench.apps.risk.watched import Plan, Watched, watch
from bench.harness.part import Part
from export.presets.completejourney import TEST_BUCKETS

AS_IT_RUNS = f"{APP}, with its own threshold"
_FIT_SEED = 100
_FIT_BUCKETS, _CALM_BUCKETS = (4, 5, 6), (7,)  # training households
_VALIDATION_BUCKETS = (3,)
_FORESTS = (
    "IsolationForest, profile",
    "IsolationForest, explicit features",
    "IsolationForest, profile minus own past",
)
_IN_FULL = (APP, "z-scores of explicit features, own past", *_FORESTS, "half-space trees, profile minus own past")


@dataclass(frozen=True)
class Sizes:
    """Sizes of the streams: seeds, cases of each kind but rings, rings of six, and every n-th household."""

    n_seeds: int
    n_cases: int
    n_rings: int
    one_household_in: int


def measure(sizes: Sizes) -> list[Row]:
    """Return the table of all methods."""
    plans = _plans(sizes)
    streams = [watch(plan) for plan in tqdm(plans, "streams", leave=False)]
    judgements: dict[str, list[Judgement]] = {}
    for name, method in tqdm(methods().items(), "methods", leave=False):
        scores = method(streams)
        at = threshold(streams, scores, [True] + [False] * sizes.n_seeds)
        tested = list(zip(streams, scores, strict=True))[1:]
        judgements[name] = [judge(stream, alarms(stream, of_rows, at)) for stream, of_rows in tested]
        if name == APP:
            judgements[AS_IT_RUNS] = [judge(stream, _late_alerts(stream)) for stream in streams[1:]]
    return rows_of(judgements, _FORESTS, _IN_FULL)


def _plans(sizes: Sizes) -> list[Plan]:
    """Return the stream to fit on, then those to test on, with cases among test households."""
    numbers = Numbers(sizes.n_cases, sizes.n_cases, sizes.n_cases, sizes.n_rings)
    test = tuple(TEST_BUCKETS)
    to_fit = Plan(_FIT_SEED, _FIT_BUCKETS, _CALM_BUCKETS, numbers, sizes.one_household_in)
    to_test = [Plan(seed, test, _VALIDATION_BUCKETS, numbers, sizes.one_household_in) for seed in range(sizes.n_seeds)]
    return [to_fit, *to_test]


def _late_alerts(stream: Watched) -> list[int]:
    return [row for row in stream.alerts if stream.time_ms[row] >= TEST_MS]


PART: Part[Sizes] = Part(
    title="Risk: planted fraud among real purchases, at one false alarm a day for every 1,000 users",
    aim="recall at least twice that of IsolationForest",
    full=Sizes(n_seeds=3, n_cases=40, n_rings=5, one_household_in=1),
    quick=Sizes(n_seeds=1, n_cases=4, n_rings=1, one_household_in=8),
    measure=measure,
)
