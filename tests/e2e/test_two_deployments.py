"""Two deployments on one cluster: the same group, instance and users, and different prefixes, encoders and texts."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from stream.engines.registry import ENGINES
from stream.wire.topics import SEGMENT_HEALTH, SEGMENT_MODEL, USER_EVENTS
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import GROUP, Deployment
from tests.e2e.rounds import GROUPS, N_USERS, SETTINGS, Rounds, make_encoder
from tests.e2e.waiting import eventually

pytest.importorskip("onnx")

FOLLOWING = {"milk": "wine", "wine": "shoes", "shoes": "milk"}


@pytest.mark.parametrize("engine", ENGINES)
def test_two_deployments_share_a_broker_and_nothing_else(engine: str, deploy: Deploy, tmp_path: Path) -> None:
    #                 encoder        a user of the group `milk` has the text of
    #  one            6 dimensions   milk
    #  other         10 dimensions   wine
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    encoders = [make_encoder(tmp_path / str(dimension), dimension) for dimension in (6, 10)]
    deployments = [
        deploy(engine, encoder=str(tmp_path / str(dimension)), warm_up_samples=str(N_USERS), **SETTINGS)
        for dimension in (6, 10)
    ]
    both = [Rounds(deployment) for deployment in deployments]
    both[1].texts |= {user: GROUPS[FOLLOWING[user.split("-")[0]]][0] for user in both[1].texts}
    workers = [deployment.start_worker("one") for deployment in deployments]
    for rounds in both:
        rounds.round(list(rounds.texts), n=3)
    for rounds in both:
        eventually(partial(has_segments, rounds), "every user has a segment")
    assert [worker.stop() for worker in workers] == [0, 0]

    for deployment, encoder in zip(deployments, encoders, strict=True):
        assert {change.encoder for change in deployment.changes()} == {encoder.version}
        assert len(deployment.memberships()) == N_USERS
        assert len({membership.segment.id for membership in deployment.memberships().values()}) == 3
        models = [json.loads(m.value)["model"] for m in deployment.messages(SEGMENT_MODEL) if m.key.isdigit()]
        assert {model["encoder"] for model in models} == {encoder.version}
        assert len(deployment.messages(USER_EVENTS)) == deployment.n_committed()
    predicted = [{user: m.predicted["group"].value or "" for user, m in d.memberships().items()} for d in deployments]
    assert predicted[0] == {user: user.split("-")[0] for user in predicted[0]}
    assert predicted[1] == {user: FOLLOWING[group] for user, group in predicted[0].items()}
    assert_names_are_prefixed(deployments)


def has_segments(rounds: Rounds) -> bool:
    """Let every user be active again. Return True once all have entered a segment."""
    return rounds.round(list(rounds.texts)) and len(rounds.deployment.changes()) >= N_USERS


def assert_names_are_prefixed(deployments: list[Deployment]) -> None:
    """Check that topics and groups of both deployments exist under their prefixes, and none without."""
    admin = AdminClient(deployments[0].connection.confluent())
    topics = set(admin.list_topics(timeout=30).topics)
    groups = {group.group_id for group in admin.list_consumer_groups().result().valid}
    for deployment in deployments:
        qualify = deployment.connection.namespace.qualify
        assert {qualify(SEGMENT_HEALTH), qualify(f"{GROUP}-state-changelog")} <= topics
        assert {qualify(f"{GROUP}-segment"), qualify(f"{GROUP}-train")} <= groups
    assert not {SEGMENT_HEALTH, f"{GROUP}-state-changelog"} & topics
    assert not {f"{GROUP}-segment", f"{GROUP}-train"} & groups
