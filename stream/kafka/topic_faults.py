"""Faults of a deployment's topics, and what to do: numbers of partitions, and settings that lose data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stream.wire.placement import Placement
from stream.wire.topics import (
    LARGEST_MESSAGE_BYTES,
    SEGMENT_MODEL,
    TOPICS,
    USER_EVENTS,
    Topic,
    changelog,
    redriven_letters,
)
from stream.wire.topics import trainer_changelog as trainer_changelog_of

CLEANUP, TIMESTAMPS, LARGEST = "cleanup.policy", "message.timestamp.type", "max.message.bytes"
CHECKED = (CLEANUP, TIMESTAMPS, LARGEST)


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic on the cluster: number of partitions, and the settings of CHECKED as they are in force."""

    n_partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one topic, by local name. A worker does not start with a `fatal` one."""

    topic: str
    text: str
    fatal: bool


def all_topics(group: str) -> tuple[Topic, ...]:
    """Return every topic of a deployment, by local name."""
    return (*TOPICS, changelog(group), trainer_changelog_of(group), redriven_letters(group))


def wide_counts(found: Mapping[str, FoundTopic], group: str) -> dict[str, int]:
    """Return the number of partitions of the existing topics that have as many as `user-events`."""
    return {
        topic.name: found[topic.name].n_partitions for topic in all_topics(group) if topic.wide and topic.name in found
    }


def faults_of(found: Mapping[str, FoundTopic], group: str) -> list[Fault]:
    """Return the faults of the existing topics, the fatal ones first."""
    state = {changelog(group).name, trainer_changelog_of(group).name, redriven_letters(group).name, SEGMENT_MODEL}
    faults = list(_partition_faults(found, group))
    for topic in all_topics(group):
        if topic.name in found:
            faults += _config_faults(topic, found[topic.name].config, holds_state=topic.name in state)
    return sorted(faults, key=lambda fault: not fault.fatal)


def remedy_of_counts(counts: Mapping[str, int], qualified: Mapping[str, str]) -> str:
    """Return what to do about topics with different numbers of partitions; `qualified` has their full names."""
    n_max = max(counts.values())
    target = counts.get(USER_EVENTS, n_max)
    too_wide = [qualified[name] for name, n in counts.items() if n > target]
    wider = f", or delete {', '.join(too_wide)}, if no record there is needed, and run `segue topics create`"
    return f"stop all workers, and {Placement.remedy(n_max)}, which moves the users too{wider if too_wide else ''}"


def _partition_faults(found: Mapping[str, FoundTopic], group: str) -> Iterator[Fault]:
    counts = wide_counts(found, group)
    target = counts.get(USER_EVENTS, max(counts.values(), default=0))
    for name, n in counts.items():
        if n != target:
            yield Fault(name, f"{_partitions(n)}, and {USER_EVENTS} has {target}", fatal=True)
    for topic in all_topics(group):
        if not topic.wide and topic.name in found and (n := found[topic.name].n_partitions) != 1:
            yield Fault(topic.name, f"{_partitions(n)}, not 1: delete it and run `segue topics create`", fatal=True)


def _config_faults(topic: Topic, config: Mapping[str, str], holds_state: bool) -> Iterator[Fault]:
    expected, given = topic.config.get(CLEANUP, "delete"), config.get(CLEANUP, "")
    if given and given != expected:
        loses = {"compact": "old records are deleted, and what they say is lost"}.get(
            expected, "earlier records of a key are deleted, read or not"
        )
        yield Fault(topic.name, f"{_found(CLEANUP, given)}: {loses}; {_set(CLEANUP, expected)}", fatal=holds_state)
    wanted = topic.config.get(TIMESTAMPS)
    if wanted and config.get(TIMESTAMPS, wanted) != wanted:
        says = "the wall clock is that of the producers"
        yield Fault(topic.name, f"{_found(TIMESTAMPS, config[TIMESTAMPS])}: {says}; {_set(TIMESTAMPS, wanted)}", False)
    largest = int(topic.config.get(LARGEST, LARGEST_MESSAGE_BYTES))
    if int(config.get(LARGEST, largest)) < largest:
        says = "larger messages do not fit"
        yield Fault(topic.name, f"{_found(LARGEST, config[LARGEST])}: {says}; {_set(LARGEST, str(largest))}", False)


def listed(faults: Sequence[Fault], qualified: Mapping[str, str]) -> str:
    """Return the faults, one after the other."""
    return "; ".join(f"{qualified[fault.topic]} has {fault.text}" for fault in faults)


def _partitions(n: int) -> str:
    return f"{n} partition{'s' if n > 1 else ''}"


def _found(name: str, value: str) -> str:
    return f"{name}={value}"


def _set(name: str, value: str) -> str:
    return f"set {name}={value} (`kafka-configs --alter`)"
