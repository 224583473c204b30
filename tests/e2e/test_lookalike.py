"""Look-alikes from a real broker: the verb over the topic and the API over a store agree, and forget the erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Producer

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.store.follower import TopicFollower
from stream.store.freshness import State
from stream.wire.profiles import profile_tombstone
from stream.wire.topics import USER_PROFILES
from tests.cli.command_line import run
from tests.e2e.waiting import eventually
from tests.lookalike.crowd import crowd, group_of
from tests.serve.filled import asking, parts

CROWD = crowd(120)
SEEDS = [each.user for each in CROWD if group_of(each.user) == 2][:6]


def publish(connection: Connection, records: list[tuple[str, bytes | None]]) -> None:
    """Write records of `user-profiles` in a transaction, after one that is aborted."""
    producer = Producer(connection.confluent() | {"transactional.id": connection.namespace.qualify("profiles")})
    producer.init_transactions(30)
    topic = connection.namespace.qualify(USER_PROFILES)
    for commits in (False, True):
        producer.begin_transaction()
        for user, value in records if commits else [(user, None) for user in SEEDS]:
            producer.produce(topic, value, user)
        producer.flush(30)
        (producer.commit_transaction if commits else producer.abort_transaction)(30)


def found_by_verb(connection: Connection, folder: Path, *seeds: str) -> tuple[list[str], str]:
    """Return the users that the verb finds, and what it tells on standard error."""
    (folder / "seeds.txt").write_text("\n".join(seeds))
    env = {"SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers, "SEGUE_TOPIC_PREFIX": connection.topic_prefix}
    done = run(folder, "lookalike", "--seed-file", "seeds.txt", "--n", "20", "--json", env=env)
    assert done.exit_code == 0, done.output
    return [json.loads(line)["user"] for line in done.stdout.splitlines()], done.stderr


def test_the_verb_and_the_api_find_the_same_users_and_forget_the_erased(connection: Connection, tmp_path: Path) -> None:
    create_topics(connection, "segue", 2, 1)
    publish(connection, [(each.user, msgspec.json.encode(each)) for each in CROWD])
    found, told = found_by_verb(connection, tmp_path, "nobody", *SEEDS)
    assert {group_of(user) for user in found} == {2}
    assert len(found) == 20
    assert "1 of 7 seeds have no profile, such as nobody" in told
    follower = TopicFollower(connection, tmp_path / "store.db")
    follower.start()
    try:
        eventually(lambda: follower.freshness().state is State.LIVE, "the store is live")
        made = parts(tmp_path / "store.db")
        with asking(made) as client:

            def answered() -> list[dict[str, Any]]:
                answer = client.post("/api/v1/lookalike", json={"seeds": SEEDS, "n": 20})
                items: list[dict[str, Any]] = answer.json().get("items", [])
                return items

            shown = [made.identity.shown_user(user) for user in found]
            eventually(lambda: [item["user"] for item in answered()] == shown, "the API finds the same users")
            gone = profile_tombstone(found[0])
            publish(connection, [(found[0], gone.value)])
            eventually(lambda: shown[0] not in [item["user"] for item in answered()], "the erased user is gone")
    finally:
        follower.stop()
    again, _ = found_by_verb(connection, tmp_path, *SEEDS)
    assert found[0] not in again
