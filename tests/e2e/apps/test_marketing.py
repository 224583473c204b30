"""Campaigns on real records: consent and its withdrawal, an erasure, and a restart that sends nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e import scenario
from tests.e2e.apps.running import running_app
from tests.e2e.conftest import Deploy

CAMPAIGNS = '[[campaign]]\nid = "fresh"\nname = "Fresh days"\ntexts = ["milk", "fresh fruit"]\nbudget = 50\n'
SETTINGS = {"publish_profiles": "always", "marketing_consent": "ads=true", "marketing_min_audience": "2"}
N_PAST, N_ALL = 2_000, 2_600  # four days later


def identify(user: str, **traits: bool) -> scenario.Event:
    return user.encode(), json.dumps({"type": "identify", "userId": user, "traits": traits}).encode()


def report(user: str, kind: str, time_ms: int) -> scenario.Event:
    flat = {"user_id": user, "id": f"{user}-{kind}", "kind": kind, "timestamp": time_ms}
    return user.encode(), json.dumps(flat).encode()


def test_a_campaign_goes_to_those_who_consent_once_and_to_nobody_erased(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "campaigns.toml"
    file.write_text(CAMPAIGNS)
    own = SETTINGS | {"segment_model": str(segment_model), "marketing_campaigns": str(file)}
    deployment = deploy(**scenario.SETTINGS | own)
    deployment.start_worker("one")
    users = sorted({(key or b"").decode() for key, _ in stream[:N_PAST]})[:6]
    first, second, withdrawn, late, erased, last = users
    past = [*stream[:N_PAST], *(identify(user, ads=True) for user in (first, second, withdrawn))]
    n_sent = deployment.send([*past, identify(withdrawn, ads=False)])
    deployment.await_committed(n_sent)

    with running_app(deployment, "marketing") as app:
        action = app.await_action(user=first, campaign="fresh")
        assert action["reason"]
        app.await_action(user=second)
        erase = erased.encode(), json.dumps({"type": "erase", "userId": erased}).encode()
        n_sent += deployment.send([identify(erased, ads=True), erase, identify(late, ads=True)])
        n_sent += deployment.send(each for each in stream[N_PAST:N_ALL] if each[0] != erased.encode())
        deployment.await_committed(n_sent)
        app.await_action(user=late)
        assert {each["user"] for each in app.actions()} == {first, second, late}
        n_sent += deployment.send(report(each["user"], "sent_fresh", each["time_ms"]) for each in app.actions())
        deployment.await_committed(n_sent)
        assert app.stop() == 0

    with running_app(deployment, "marketing") as again:
        deployment.send([identify(last, ads=True), *stream[N_ALL : N_ALL + 100]])
        again.await_action(user=last)
        assert [each["user"] for each in again.actions()] == [last], "nobody gets it twice"
