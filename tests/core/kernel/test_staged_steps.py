"""Steps that are staged and then committed or rolled back, beside steps that are merged one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Record
from stream.core.outcome import Step
from tests.core.cores import CompiledCore, restarted
from tests.core.kernel.runs import Run, Stage, runs
from tests.core.planted import bits


def batches(run: Run) -> Iterator[tuple[Stage, tuple[Record, ...], int]]:
    """Yield each batch that the run has drawn, with its stage and the time to which it goes."""
    for stage in run.stages:
        ends = [*sorted(cut for cut in stage.cuts if cut < len(stage.records)), len(stage.records)]
        for begin, end in zip([0, *ends], ends, strict=False):
            yield stage, stage.records[begin:end], stage.until_ms if end == len(stage.records) else 0


def state_of(core: CompiledCore) -> str:
    """All that a step could change, to the last bit."""
    partition = core.partition
    position = partition.now_ms, partition.offset, partition.serving, sorted(partition.stale), sorted(partition.unsaved)
    return repr((position, len(partition), core.users(), core.pending()))


class Worker:
    """A worker that takes the batches of a run, one after another or with steps ahead of their delivery."""

    def __init__(self, run: Run) -> None:
        self.core = CompiledCore(run.policy, run.stages[0].encoder, run.stages[0].labels)
        self.outputs: list[Any] = []

    def take(self, stage: Stage, records: tuple[Record, ...], until_ms: int) -> Step:
        """Return the step of a batch."""
        if stage.encoder is not self.core.encoder:
            other = restarted(self.core, encoder=stage.encoder, labels=stage.labels)
            assert isinstance(other, CompiledCore)
            self.core = other
        done: Step = self.core.take(records, stage.serving, until_ms)
        return done

    def merge(self, done: Step) -> None:
        """Merge a step and keep its outputs."""
        self.core.merge(done)
        self.outputs += done.outputs


def check_roll_back(run: Run, ahead: int) -> None:
    """After `ahead` steps were staged and rolled back all is as before, and the same steps give the same results."""
    plain, failing = Worker(run), Worker(run)
    every = list(batches(run))
    for at, (stage, records, until_ms) in enumerate(every):
        plain.merge(plain.take(stage, records, until_ms))
        done = failing.take(stage, records, until_ms)  # restarts first, where the encoder is another one
        before, staged = state_of(failing.core), [done]
        done.stage()
        for other, later, later_ms in every[at + 1 : at + ahead]:
            if other.encoder is not stage.encoder:
                break
            staged.append(failing.take(other, later, later_ms))
            staged[-1].stage()
        for each in reversed(staged):
            each.roll_back()
        assert state_of(failing.core) == before
        failing.merge(failing.take(stage, records, until_ms))
        assert state_of(failing.core) == state_of(plain.core)
    assert bits(tuple(failing.outputs)) == bits(tuple(plain.outputs))


def check_overlap(run: Run) -> None:
    """A step computed while the former is delivered is the step that would have been computed after it."""
    plain, overlapped, former = Worker(run), Worker(run), None
    for stage, records, until_ms in batches(run):
        plain.merge(plain.take(stage, records, until_ms))
        if former is not None and stage.encoder is not overlapped.core.encoder:
            former.commit()
            former = None
        done = overlapped.take(stage, records, until_ms)
        done.stage()
        overlapped.outputs += done.outputs
        if former is not None:
            former.commit()
        former = done
    if former is not None:
        former.commit()
    assert bits(tuple(overlapped.outputs)) == bits(tuple(plain.outputs))
    assert state_of(overlapped.core) == state_of(plain.core)


@settings(max_examples=40)
@given(run=runs(), ahead=st.integers(1, 3))
def test_steps_rolled_back_leave_the_partition_as_it_was(run: Run, ahead: int) -> None:
    check_roll_back(run, ahead)


@settings(max_examples=40)
@given(run=runs())
def test_a_step_computed_during_the_delivery_of_another_equals_one_computed_after_it(run: Run) -> None:
    check_overlap(run)
