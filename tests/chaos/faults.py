"""Faults by name. Each begins, lasts, and is mended; what follows is the recovery."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum

from kafka.admin import KafkaAdminClient

from stream.devkafka.node import KafkaNode
from tests.chaos.trial import NAMES, Trial
from tests.e2e.waiting import eventually

PREFERRED = 0  # kind of election (KIP-460)


class Fault(StrEnum):
    """A kind of fault, as the table names it."""

    BROKER_KILLED = "broker killed (SIGKILL)"
    BROKER_PAUSED = "broker paused (SIGSTOP)"
    BROKER_STOPPED = "broker restarted in order"
    COORDINATOR_KILLED = "coordinator's broker killed"
    COORDINATOR_MOVED = "leaders and coordinators moved"
    DISK_FULL = "broker's disk full"
    NETWORK_SLOW = "slow network"
    NETWORK_CUT = "connections of a broker cut"
    NETWORK_SILENT = "broker silent"
    ALL_CUT = "all brokers cut off"
    WORKER_KILLED = "worker killed (SIGKILL)"
    WORKER_PAUSED = "worker paused (SIGSTOP)"
    WORKER_STOPPED = "worker restarted in order"
    TWO_WORKERS_LEAVE = "two workers leave and return"
    TRAINER_KILLED = "trainer's worker killed"
    TRAINER_PAUSED = "trainer's worker paused"


def possible(fault: Fault) -> bool:
    """Return False for a fault that this system cannot make: a full disk needs Linux's `prlimit`."""
    return fault is not Fault.DISK_FULL or hasattr(resource, "prlimit")


def _broker(trial: Trial) -> int:
    return trial.chance.randrange(trial.cluster.n_brokers)


def _end_broker(trial: Trial, at: int, end: Callable[[KafkaNode], None]) -> None:
    end(trial.cluster.nodes[at])
    trial.hold(0.5, 5)
    trial.cluster.restart(at)


def _kill_broker(trial: Trial) -> None:
    _end_broker(trial, _broker(trial), KafkaNode.kill)


def _stop_broker(trial: Trial) -> None:
    _end_broker(trial, _broker(trial), KafkaNode.stop)


def _kill_coordinator(trial: Trial) -> None:
    _end_broker(trial, trial.coordinator("segment"), KafkaNode.kill)


def _pause_broker(trial: Trial) -> None:
    node = trial.cluster.nodes[_broker(trial)]
    node.pause()
    trial.hold(1, 8)
    node.resume()


def _move_leaders(trial: Trial) -> None:
    """Give every partition's leadership, coordinators' too, to its preferred broker, after one broker's restart.

    A restart leaves the broker without any; the election then moves a third of all.
    """
    _stop_broker(trial)
    trial.await_in_sync()
    with closing(KafkaAdminClient(**trial.deployment.connection.kafka_python())) as admin:
        admin.elect_leaders(PREFERRED)


def _fill_disk(trial: Trial) -> None:
    """Let no file of the broker grow: every write fails, as on a full disk, and the broker halts."""
    at = _broker(trial)
    node = trial.cluster.nodes[at]
    _, hard = resource.prlimit(node.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (1, hard))
    trial.supervise(lambda: not node.is_running(), "the broker halts")
    trial.hold(0.5, 5)
    trial.cluster.restart(at)


def _slow(trial: Trial) -> None:
    delay_s = trial.chance.uniform(0.02, 0.3)
    for at in range(trial.cluster.n_brokers):
        trial.network.delay(at, delay_s)
    trial.hold(3, 8)
    for at in range(trial.cluster.n_brokers):
        trial.network.delay(at, 0.0)


def _cut(trial: Trial) -> None:
    at = _broker(trial)
    trial.network.cut(at, True)
    trial.hold(0.2, 5)
    trial.network.cut(at, False)


def _cut_all(trial: Trial) -> None:
    for at in range(trial.cluster.n_brokers):
        trial.network.cut(at, True)
    trial.hold(1, 8)
    for at in range(trial.cluster.n_brokers):
        trial.network.cut(at, False)


def _silence(trial: Trial) -> None:
    at = _broker(trial)
    trial.network.swallow(at, True)
    trial.hold(1, 8)
    trial.network.swallow(at, False)


def _end_worker(trial: Trial, names: list[str], number: signal.Signals) -> None:
    for name in names:
        trial.down.add(name)
        os.kill(trial.workers[name].process.pid, number)
    for name in names:
        process = trial.workers[name].process
        eventually(lambda process=process: not process.running(), "the worker ends")  # type: ignore[misc]
    trial.hold(0, 9)
    for name in names:
        trial.start_worker(name)


def _pause_worker(trial: Trial, name: str) -> None:
    os.kill(trial.workers[name].process.pid, signal.SIGSTOP)
    trial.hold(1, 14)
    os.kill(trial.workers[name].process.pid, signal.SIGCONT)


FAULTS: dict[Fault, Callable[[Trial], None]] = {
    Fault.BROKER_KILLED: _kill_broker,
    Fault.BROKER_PAUSED: _pause_broker,
    Fault.BROKER_STOPPED: _stop_broker,
    Fault.COORDINATOR_KILLED: _kill_coordinator,
    Fault.COORDINATOR_MOVED: _move_leaders,
    Fault.DISK_FULL: _fill_disk,
    Fault.NETWORK_SLOW: _slow,
    Fault.NETWORK_CUT: _cut,
    Fault.NETWORK_SILENT: _silence,
    Fault.ALL_CUT: _cut_all,
    Fault.WORKER_KILLED: lambda trial: _end_worker(trial, [trial.chance.choice(NAMES)], signal.SIGKILL),
    Fault.WORKER_PAUSED: lambda trial: _pause_worker(trial, trial.chance.choice(NAMES)),
    Fault.WORKER_STOPPED: lambda trial: _end_worker(trial, [trial.chance.choice(NAMES)], signal.SIGTERM),
    Fault.TWO_WORKERS_LEAVE: lambda trial: _end_worker(trial, trial.chance.sample(NAMES, 2), signal.SIGTERM),
    Fault.TRAINER_KILLED: lambda trial: _end_worker(trial, [trial.trainer()], signal.SIGKILL),
    Fault.TRAINER_PAUSED: lambda trial: _pause_worker(trial, trial.trainer()),
}
TRAINING = (Fault.TRAINER_KILLED, Fault.TRAINER_PAUSED, Fault.BROKER_KILLED, Fault.NETWORK_SILENT)
DECIDING = tuple(fault for fault in Fault if fault not in (Fault.TRAINER_KILLED, Fault.TRAINER_PAUSED))
