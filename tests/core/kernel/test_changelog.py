"""What a step writes is enough: after compaction a restart finds the partition that is in memory."""

from __future__ import annotations

from hypothesis import given, settings

from stream.core.outcome import Step
from stream.core.partition import PartitionState
from stream.wire.state_records import puts
from tests.core.kernel.runs import Run, runs
from tests.core.kernel.test_staged_steps import Worker, batches
from tests.wire.state_runs import Log, compacted, restored, snapshots


def written(log: Log, done: Step) -> Log:
    """The compacted log after the records of a step."""
    return compacted(((put.key, put.value) for put in puts(done, 1)), log)


def position(partition: PartitionState) -> tuple[object, ...]:
    """Time, offset, serving model and users who need a new encoding."""
    return partition.now_ms, partition.offset, partition.serving, partition.stale


def check_restart(run: Run) -> None:
    """A restart after any batch finds the users and the position of the partition."""
    worker, log = Worker(run), Log()
    for stage, records, until_ms in batches(run):
        if stage.encoder is not worker.core.encoder:
            worker.take(stage, (), 0)  # another worker, with another encoder
            worker.core.partition = restored(log.items(), run.policy, stage.encoder)
        done = worker.take(stage, records, until_ms)
        log = written(log, done)
        worker.merge(done)
        again = restored(log.items(), run.policy, stage.encoder)
        assert snapshots(again) == snapshots(worker.core.partition)
        assert position(again) == position(worker.core.partition)


@settings(max_examples=40)
@given(run=runs())
def test_a_restart_after_any_batch_finds_the_partition_in_memory(run: Run) -> None:
    check_restart(run)
