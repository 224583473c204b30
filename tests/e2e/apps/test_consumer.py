"""Every topic of a real worker to an application: the past, what happens, an erasure, and a start after it."""

from __future__ import annotations

from pathlib import Path

from apps.app import Action
from tests.apps.noting import Noting
from tests.e2e import scenario
from tests.e2e.apps.following import following
from tests.e2e.conftest import Deploy
from tests.e2e.waiting import eventually

N_PAST, N_ALL = 2_000, 3_000


def test_the_past_teaches_the_present_acts_and_an_erased_user_is_gone(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    settings = scenario.SETTINGS | {"publish_profiles": "always", "segment_model": str(segment_model)}
    deployment = deploy(**settings)
    worker = deployment.start_worker("one")
    deployment.send(stream[:N_PAST])
    deployment.await_committed(N_PAST)
    actions: list[Action] = []
    with following(deployment.connection, Noting(), actions.append) as app:
        n_events = sum(app.kinds(user).count("Event") for user in app.held)
        assert (n_events, actions) == (N_PAST, []), "the past leads to no action"
        deployment.send(stream[N_PAST:N_ALL])
        deployment.await_committed(N_ALL)
        kinds = {"Event", "UserSegment", "UserProfile", "SegmentChange"}
        eventually(lambda: kinds <= {each["kind"] for each in actions}, "actions on every topic")
        erased = eventually(
            lambda: next((user for user in list(app.held) if kinds <= set(app.kinds(user))), ""), "a user of all topics"
        )
        deployment.send([(erased.encode(), b'{"type": "erase", "userId": "%s"}' % erased.encode())])
        deployment.await_committed(N_ALL + 1)
        eventually(lambda: erased not in app.held, "the user is forgotten")
    worker.stop()
    with following(deployment.connection, Noting(), actions.append) as again:
        assert erased not in again.held, "nor does a later start know the user"
        assert len(again.held) > 100
