"""An erasure reaches `user-profiles` on a real broker, also where profiles are no longer published."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from stream.wire.profiles import read_profile
from stream.wire.topics import USER_PROFILES, USER_SEGMENTS
from tests.e2e import scenario
from tests.e2e.conftest import Deploy


def test_an_erasure_deletes_the_profile_even_after_publishing_was_turned_off(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    deployment = deploy(n_partitions=1, segment_model=str(segment_model), **scenario.SETTINGS)
    [(key, n_events)] = Counter(user for user, _ in stream[:200]).most_common(1)
    assert key is not None
    worker = deployment.start_worker("one")
    deployment.send(stream[:200])
    deployment.await_committed(200)
    assert worker.stop() == 0
    published = [message for message in deployment.messages(USER_PROFILES) if message.key == key]
    n_items = [read_profile(message.value).n_items for message in published]
    assert n_items == [min(n, scenario.POLICY.window_items) for n in range(1, n_events + 1)]

    deployment.settings["publish_profiles"] = "off"
    worker = deployment.start_worker("one")
    erase = json.dumps({"type": "erase", "userId": key.decode()}).encode()
    deployment.send([*stream[200:300], (key, erase), *stream[300:400]])
    deployment.await_committed(401)
    assert worker.stop() == 0
    [tombstone] = deployment.messages(USER_PROFILES, since=published[-1].offset + 1)[-1:]
    assert (tombstone.key, tombstone.value, tombstone.headers) == (key, None, [])
    assert [m.key for m in deployment.messages(USER_SEGMENTS) if m.value is None] == [key]
    n_before = sum(map(len, deployment.profiles().values()))
    assert len(deployment.messages(USER_PROFILES)) == n_before + 1, "nothing but the tombstone since"
