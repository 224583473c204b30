"""The rights that docs/operations.md lists for each verb are exactly enough."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import Result

from stream.kafka.topic_faults import all_topics
from tests.cli import command_line
from tests.e2e import scenario
from tests.e2e.deployment import GROUP, Deployment, delete_topics
from tests.e2e.secured.broker import Right, SecuredBroker

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
_ROW = re.compile(r"\| `segue ([^|`]+)` \| (.+ on .+) \|")
_RIGHTS = re.compile(r"([a-z, ]+) on (every topic|`[^;]+`)")
ARGUMENTS = {
    "produce": ["produce", "events.jsonl"],
    "models renew": ["models", "renew", "--timeout", "2"],
    "explain": ["explain", "nobody"],
}
ASKED = re.compile("no trainer answered within|no event and no change of a user 'nobody'")  # of a verb that could ask
WAITS_S = 10.0  # `watch` waits for changes as long as it may


def documented() -> dict[str, list[tuple[str, str]]]:
    """Each verb with its rights, as (operation, local name of a topic)."""
    every = [topic.name for topic in all_topics(GROUP)]
    found = dict[str, list[tuple[str, str]]]()
    for verb, cell in _ROW.findall(OPERATIONS.read_text()):
        if "transactional id" in cell:
            continue  # `segue dlq redrive`: tried on a broker without access control only
        for operations, names in _RIGHTS.findall(cell):
            topics = every if names == "every topic" else re.findall(r"`([^`]+)`", names)
            for operation in operations.split(", "):
                found.setdefault(verb, []).extend((operation.strip(), topic) for topic in topics)
    return found


def attempt(deployment: Deployment, verb: str) -> Result:
    if verb == "topics create":
        delete_topics(deployment.connection)
    (deployment.folder / "events.jsonl").write_bytes(b"\n".join(value or b"" for _, value in scenario.events(3)))
    words = ARGUMENTS.get(verb, verb.split())
    return command_line.run(deployment.folder, *words, env=deployment.environment())


def grant(secured: SecuredBroker, deployment: Deployment, rights: list[tuple[str, str]]) -> None:
    prefix = deployment.connection.topic_prefix
    named: list[Right] = [("TOPIC", prefix + topic, op.upper().replace(" ", "_")) for op, topic in rights]
    secured.grant(named)


@pytest.mark.parametrize("verb", [verb for verb in documented() if verb != "watch"])
def test_a_verb_needs_these_rights_and_says_that_one_is_missing(
    secured: SecuredBroker, deployment: Deployment, verb: str
) -> None:
    rights = documented()[verb]
    grant(secured, deployment, rights)
    done = attempt(deployment, verb)
    assert done.exit_code == 0 or ASKED.search(done.stderr), done.output
    for missing in (rights[0], rights[-1]):
        grant(secured, deployment, [right for right in rights if right != missing])
        done = attempt(deployment, verb)
        if verb == "topics describe" and done.exit_code == 0:  # it shows what the user may see
            assert re.search(rf"{missing[1]} +0\b", done.stdout)
        elif missing[0] != "describe configs" or verb != "topics create":  # needed for topics that exist
            assert done.exit_code == 1, done.output
            assert "right" in done.stderr or "topics are missing" in done.stderr


def test_watch_needs_to_read_the_changes(secured: SecuredBroker, deployment: Deployment) -> None:
    command = deployment.command("-m", "stream.cli.main", "watch")
    assert documented()["watch"] == [("read", "segment-changes")]
    grant(secured, deployment, documented()["watch"])
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=WAITS_S)
    grant(secured, deployment, [])
    assert attempt(deployment, "watch").exit_code == 1
