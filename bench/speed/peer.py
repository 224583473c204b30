"""A program of `peer_programs` as a process beside a deployment, in the place of a worker."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.harness.conditions import ROOT
from bench.harness.deployment import N_PARTITIONS, Deployment, Reading, Worker
from bench.harness.scenario import POLICY
from bench.speed.peer_programs.task import Task
from stream.devkafka.guarded_process import GuardedProcess
from stream.wire.topics import USER_EVENTS

_LOOK_S = 0.05


@dataclass(frozen=True)
class Peer:
    """A program of `peer_programs`, and the interpreter that runs it."""

    program: str
    exactly_once: bool
    python: Path = Path(sys.executable)

    @property
    def guarantee(self) -> str:
        """The delivery guarantee."""
        return "exactly-once" if self.exactly_once else "at-least-once"

    def group(self, number: int) -> str:
        """Return the consumer group of a round."""
        return f"{self.program}-{self.guarantee}-{number}".replace("_", "-")

    def prepare(self, target: Deployment, group: str) -> Task:
        """Create the topics of a group, and write its task."""
        task = Task(
            bootstrap_servers=target.connection.bootstrap_servers,
            events=USER_EVENTS,
            changes=f"{group}-changes",
            changelog=f"{group}-changelog",
            group=group,
            exactly_once=self.exactly_once,
            window_items=POLICY.window_items,
            state_folder=str(target.folder / f"{group}-state"),
        )
        task.write(target.folder)
        compacted = NewTopic(task.changelog, N_PARTITIONS, 1, config={"cleanup.policy": "compact"})
        admin = AdminClient(target.connection.confluent())
        for future in admin.create_topics([NewTopic(task.changes, N_PARTITIONS, 1), compacted]).values():
            future.result()
        return task

    def start(self, target: Deployment, task: Task) -> Worker:
        """Start the program. The caller stops it."""
        log, started = target.folder / f"{task.group}.log", perf_counter()
        module = f"bench.speed.peer_programs.{self.program}"
        command = ["env", f"PYTHONPATH={ROOT}", str(self.python), "-m", module, str(target.folder), task.group]
        return Worker(GuardedProcess(command, log), started, log, "")

    def readings(self, target: Deployment, task: Task, until: int) -> list[Reading]:
        """Run the program until so many events are committed, and return readings of their number."""
        running = self.start(target, task)
        try:
            with target.committed(task.group, job="") as committed:
                return committed.until(until, running, _LOOK_S)
        finally:
            running.process.stop()
