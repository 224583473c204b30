"""The consumers of docs/consumers in three languages, on the real broker: one suite over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stream.devkafka import EmbeddedKafka
from tests.e2e.conftest import fresh_connection
from tests.e2e.consumers.history import N_PARTITIONS, History
from tests.e2e.consumers.programs import PROGRAMS, Running, start
from tests.e2e.deployment import delete_topics
from tests.e2e.waiting import eventually

Lines = list[dict[str, Any]]
Runs = tuple[dict[str, Running], dict[str, Lines], dict[str, Running], History]


@pytest.fixture(scope="module")
def runs(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All consumers at once: the first run with its lines after it read all and was stopped, and the second run."""
    connection, folder = fresh_connection(kafka), tmp_path_factory.mktemp("consumers")
    history = History(connection)
    history.begin()
    first = {program: start(program, connection, folder, 1) for program in PROGRAMS}
    said = {program: _read_to(running, 1) for program, running in first.items() if running.process}
    for running in first.values():
        running.stop()
    history.go_on()
    second = {program: start(program, connection, folder, 2) for program in PROGRAMS}
    yield first, said, second, history
    for running in second.values():
        running.stop()
    delete_topics(connection)


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest, runs: Runs) -> str:
    """A consumer that runs here; a test of another is skipped with the reason."""
    name = str(request.param)
    if reason := runs[0][name].reason:
        pytest.skip(reason)
    return name


def test_it_knows_the_segment_of_every_user_but_of_the_erased(program: str, runs: Runs) -> None:
    assert table_of(runs[1][program]) == {"ann": "s-0001", "bob": "s-0002", "end-0": "s-1", "end-1": "s-1"}


def test_it_acts_on_each_committed_change_once(program: str, runs: Runs) -> None:
    lines, ids = runs[1][program], runs[3].ids
    assert changes_of(lines, "ann") == [
        {"id": ids["ann", 1], "user": "ann", "sequence": 1, "to": "s-1"},
        {"id": ids["ann", 2], "user": "ann", "sequence": 2, "to": "s-2"},
    ]
    assert not any("nobody" in line.values() for line in lines)


def test_it_says_nothing_of_a_user_after_the_erasure(program: str, runs: Runs) -> None:
    of_user = [line for line in runs[1][program] if "gone" in line.values()]
    assert of_user[-1] == {"erased": "gone"}
    assert of_user.count({"erased": "gone"}) == 1
    assert {"erased": "bob"} not in runs[1][program]  # he moved


def test_a_second_run_reads_the_table_whole_and_only_new_changes(program: str, runs: Runs) -> None:
    lines = _read_to(runs[2][program], 2)
    assert table_of(lines) == {"ann": "s-0003", "bob": "s-0002", "end-0": "s-2", "end-1": "s-2"}
    assert [change["sequence"] for change in changes_of(lines, "ann")] == [3]


def table_of(lines: Lines) -> dict[str, str]:
    """Return the segment of each user, as the lines leave it."""
    found: dict[str, str] = {}
    for line in lines:
        if "segment" in line:
            found[line["user"]] = line["segment"]
        found.pop(line.get("erased", ""), None)
    return found


def changes_of(lines: Lines, user: str) -> Lines:
    """Return the lines of a user's changes, in order."""
    return [line for line in lines if "id" in line and line["user"] == user]


def _read_to(running: Running, run: int) -> Lines:
    """Return the lines of a consumer that has read everything there is."""
    last = [{"user": f"end-{partition}", "segment": f"s-{run}"} for partition in range(N_PARTITIONS)]

    def complete() -> Lines:
        lines = running.lines()
        acted = [each["sequence"] for each in changes_of(lines, "end")]
        return lines if acted == [run] and all(line in lines for line in last) else []

    return eventually(complete, f"all records: {running.log}")
