"""Faults one after another, and the anomalies of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

from stream.devkafka import EmbeddedCluster
from tests.chaos.checker import Anomaly, Kind, check
from tests.chaos.faults import FAULTS, Fault, possible
from tests.chaos.history import read_history
from tests.chaos.proxy import Network
from tests.chaos.trial import Ended, Trial, trial
from tests.chaos.undisturbed import decision_anomalies, training_anomalies

BUGS = (0, 1)  # a worker ends with another code only by a bug


@dataclass(frozen=True)
class Outcome:
    """A fault, and the seconds from its beginning until all events sent before it were processed."""

    fault: Fault
    recovery_s: float
    anomaly: Anomaly | None = None


@dataclass(frozen=True)
class Result:
    """A run: faults, anomalies, workers that ended by themselves, and how much was at stake."""

    outcomes: list[Outcome]
    anomalies: list[Anomaly]
    ended: list[Ended]
    n_events: int
    n_unknown: int
    n_changes: int
    n_models: int
    seconds: float


def plan(faults: Sequence[Fault], n: int, seed: int) -> list[Fault]:
    """Return `n` faults in random order, each possible kind about as often."""
    kinds = [fault for fault in faults if possible(fault)]
    found = [kinds[at % len(kinds)] for at in range(n)]
    Random(seed).shuffle(found)
    return found


def run(
    folder: Path,
    faults: Sequence[Fault],
    seed: int,
    segment_model: Path | None,
    on: tuple[Network, EmbeddedCluster],
    done: Callable[[Outcome], object],
) -> Result:
    """Start a deployment, let the faults happen, and check everything. Without a segment model the workers train.

    Ctrl-C ends the faults early; the check follows.
    """
    network, cluster = on
    started_s = monotonic()
    with trial(folder, seed, segment_model, cluster, network) as target:
        outcomes: list[Outcome] = []
        with suppress(KeyboardInterrupt):  # ends the faults, not the check
            for fault in faults:
                outcomes.append(_suffer(target, fault))
                done(outcomes[-1])
        target.heal()
        target.sender.finish()
        target.supervise(lambda: target.watch.has_reached(target.sender.ends), "every event is processed")
        seconds = monotonic() - started_s
        for worker in target.workers.values():
            worker.stop()
        history = read_history(target.deployment, target.sender.sent)
        prefix = target.deployment.connection.topic_prefix
    replayed = decision_anomalies(history, segment_model) if segment_model else training_anomalies(history, prefix)
    return Result(
        outcomes=outcomes,
        anomalies=[*filter(None, (outcome.anomaly for outcome in outcomes)), *check(history), *replayed],
        ended=target.ended,
        n_events=len(history.stored),
        n_unknown=sum(not sent.is_acked for sent in history.sent),
        n_changes=sum(map(len, history.changes.values())),
        n_models=len(history.trained["segment-promotions"]),
        seconds=seconds,
    )


def _suffer(target: Trial, fault: Fault) -> Outcome:
    started_s, reached = monotonic(), target.watch.mark(target.sender.ends)
    try:
        FAULTS[fault](target)
        target.supervise(lambda: reached, "all is processed that was sent before")
        target.await_in_sync()
        target.await_members()
    except AssertionError as error:
        target.heal()
        return Outcome(fault, monotonic() - started_s, Anomaly(Kind.UNRECOVERED, fault, str(error)))
    return Outcome(fault, reached[0] - started_s)
