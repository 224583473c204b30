"""The gate of consent on a real broker: only users who agreed are anywhere, and a withdrawal leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

from stream.bootstrap import build_encoder
from stream.settings import Process
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES, USER_PROFILES, USER_SEGMENTS
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.test_growth import outcomes_of

AGREED, WITHDRAWN, SILENT = "ann", "eve", "bob"


def declaration(user: str, agrees: bool) -> scenario.Event:
    return user.encode(), json.dumps({"type": "identify", "userId": user, "traits": {"ads": agrees}}).encode()


def purchase(user: str, event: scenario.Event, number: int) -> scenario.Event:
    value = json.loads(event[1] or b"") | {"user_id": user, "id": f"{user}-{number}"}
    return user.encode(), json.dumps(value).encode()


def test_only_users_who_agreed_leave_a_trace_and_a_withdrawal_takes_it_away(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    settings = scenario.SETTINGS | {"segment_model": str(segment_model), "consent": "ads=true"}
    deployment = deploy(n_partitions=1, **settings)
    users = AGREED, WITHDRAWN, SILENT
    bought = [purchase(user, event, at) for at, event in enumerate(stream[:40]) for user in users]
    events = [declaration(AGREED, True), declaration(WITHDRAWN, True), declaration(SILENT, False), *bought]
    events += [declaration(WITHDRAWN, False), purchase(WITHDRAWN, stream[40], 40)]
    worker = deployment.start_worker("one")
    deployment.send(events)
    deployment.await_committed(len(events))
    outcomes = outcomes_of(worker)
    assert (outcomes["no_consent"], outcomes["erased"], outcomes["declarations"]) == (1 + 40 + 1, 1, 2)
    assert worker.stop() == 0
    seen = {
        topic: {message.key.decode() for message in deployment.messages(topic)}
        for topic in (USER_SEGMENTS, USER_PROFILES, SEGMENT_CHANGES)
    }
    assert set(map(frozenset, seen.values())) == {frozenset({AGREED, WITHDRAWN})}
    assert SILENT.encode() not in b"".join(message.value for message in deployment.messages(PROFILE_SAMPLE))
    assert deployment.memberships().keys() == {AGREED}
    assert deployment.messages(USER_PROFILES)[-1].value is None, "the withdrawal is the last that was applied"
    [state] = deployment.states(build_encoder(Process()), scenario.POLICY).values()
    assert state.names() == [AGREED]
    assert deployment.dead_letters() == []
