"""The compiled core beside the specification, over runs that Hypothesis draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from stream.core.output import Change, Membership, Profile, Rejection, Sample
from tests.core.cores import PRODUCTION, CoreType, SpecificationCore
from tests.core.kernel.comparison import differences
from tests.core.kernel.edges import EdgeWatch
from tests.core.kernel.runs import Run, runs
from tests.core.kernel.taking import Taken, take, take_with
from tests.core.planted import bits


def specified(run: Run) -> tuple[list[Taken], set[str]]:
    """The results of the specification, and the users with an evaluation on an edge."""
    first = run.stages[0]
    results, cores = take_with(EdgeWatch(run.policy, first.encoder, first.labels), run)
    return results, {user for core in cores if isinstance(core, EdgeWatch) for user in core.users_on_edges}


def disagreements(run: Run, make: CoreType) -> list[str]:
    """Where a core disagrees with the specification."""
    expected, edged = specified(run)
    assert all(taken.is_next_due for taken in expected)
    expected, found = ([taken.without(edged) for taken in results] for results in (expected, take(run, make)))
    return differences(expected, found, [stage.encoder.version for stage in run.stages])


def check_equal(run: Run) -> None:
    """The compiled core agrees with the specification."""
    assert "\n".join(disagreements(run, PRODUCTION)) == ""


def check_cuts(run: Run) -> None:
    """The compiled core's results do not depend on the batches, to the last bit."""
    whole, cut = take(run, PRODUCTION), take(run, PRODUCTION, is_cut=True)
    for a, b in zip(whole, cut, strict=True):
        assert bits(b.outputs) == bits(a.outputs)
        assert b.counts == a.counts
        assert repr(replace(b, outputs=(), counts=a.counts)) == repr(replace(a, outputs=()))


@settings(max_examples=80)
@given(run=runs())
def test_both_cores_agree(run: Run) -> None:
    check_equal(run)


@settings(max_examples=40)
@given(run=runs())
def test_the_compiled_core_does_not_depend_on_the_batches(run: Run) -> None:
    check_cuts(run)


@pytest.mark.chaos
@settings(max_examples=20_000)
@given(run=runs(n_max=120))
def test_both_cores_agree_over_many_runs(run: Run) -> None:
    check_equal(run)
    check_cuts(run)


class OtherMargin(SpecificationCore):
    """A core that is wrong about one setting."""

    def take(self, records, serving, until_ms=0, evaluated=()):  # type: ignore[no-untyped-def]
        """As the protocol has it, with a larger margin."""
        self.policy = replace(self.policy, margin=0.6, overrides=())
        return super().take(records, serving, until_ms, evaluated)


def test_a_core_that_is_wrong_about_the_margin_is_found_out() -> None:
    found = []

    @settings(max_examples=30, derandomize=True, database=None)
    @given(run=runs())
    def compare(run: Run) -> None:
        found.append(bool(disagreements(run, OtherMargin)))

    compare()
    assert sum(found) >= 3


def test_the_drawn_runs_lead_to_every_rule_output_and_count() -> None:
    """So that the properties above are about something."""
    rules, kinds, counts, labels, models = Counter[str](), Counter[type](), Counter[str](), set[Any](), set[Any]()
    n_users, n_edged = 0, 0

    @settings(max_examples=150, derandomize=True, database=None)
    @given(run=runs())
    def count(run: Run) -> None:
        nonlocal n_users, n_edged
        results, edged = specified(run)
        n_users, n_edged = n_users + len(results[-1].users), n_edged + len(edged)
        for taken in results:
            counts.update(taken.counts)
            kinds.update(type(output) for output in taken.outputs)
            for output in taken.outputs:
                if isinstance(output, Change):
                    rules[output.rule] += 1
                    models.add((output.segment_model, output.encoder))
                if isinstance(output, Membership):
                    labels.update((name, each.value) for name, each in (output.predicted or {}).items())

    count()
    weighed = {"entered", "returned", "margin_and_dwell", "unknown", "known", "inactive", "retired"}
    assert rules.keys() == weighed | {"pinned", "unpinned"}
    assert min(rules.values()) >= 3
    assert kinds.keys() == {Change, Membership, Profile, Sample, Rejection}
    every = {"applied", "late", "duplicate", "rejected", "erased", "declarations", "ignored", "forwarded", "no_consent"}
    assert counts.keys() == every
    assert len(labels) >= 8
    assert {(1, "old"), (2, "old"), (3, "old")} <= models
    assert {encoder for model, encoder in models if model} == {"old", "new"}
    assert n_edged < 0.05 * n_users, "hardly a user is on an edge"
