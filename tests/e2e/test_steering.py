"""An operator steers segments while events flow."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from threading import Thread
from typing import Any

from stream.wire.topics import SEGMENT_PROMOTIONS, SEGMENTS
from tests.e2e import planted_stream
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.test_segments import (
    PORTION,
    SETTINGS,
    TRAINING,
    UndisturbedTrainer,
    assert_decided_by_whole_models,
    models,
    portions,
)
from tests.e2e.waiting import eventually


def run_segue(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what a verb printed, whether it succeeds or not."""
    verb = deployment.command("-m", "stream.cli.main", *arguments)
    return subprocess.run(verb, capture_output=True, text=True, timeout=120, check=False)


def segue(deployment: Deployment, *arguments: str) -> str:
    """Return the output of a verb, which must succeed."""
    done = run_segue(deployment, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def decisions(deployment: Deployment, *statuses: str) -> list[dict[str, Any]]:
    """Return the decisions of these statuses, in order."""
    found = [json.loads(m.value) for m in deployment.messages(SEGMENT_PROMOTIONS)]
    return [decision for decision in found if decision["status"] in statuses]


def held_version(deployment: Deployment) -> int | None:
    """Return the version that waits for an operator; None if the last held one was replaced by a review since."""
    last = decisions(deployment, "held", "dropped", "proposed")[-1]
    return int(last["segment_model"]) if last["status"] == "held" else None


def promoted_by_operator(deployment: Deployment) -> int | None:
    """Promote what is held and return its version; None if nothing is held, or a review was quicker."""
    version = held_version(deployment)
    if version is None:
        return None
    done = run_segue(deployment, "models", "promote", str(version))
    if done.returncode == 0:
        assert f"model {version} serves instead of" in done.stdout
        return version
    assert "there is no such model" in done.stderr
    assert held_version(deployment) != version
    return None


def test_a_held_candidate_is_promoted_by_an_operator_and_rolled_back(deploy: Deploy) -> None:
    deployment = deploy(**SETTINGS | {"churn_budget": "0"})
    worker = deployment.start_worker("one")
    n_events = len(events := list(planted_stream.events()))
    first_end, second_end = n_events * 7 // 10, n_events * 17 // 20  # by then a group has parted
    undisturbed = UndisturbedTrainer(deployment, replace(TRAINING, churn_budget=0.0))
    for _ in portions(deployment, events[:first_end], undisturbed):
        pass
    undisturbed.await_the_other()
    held = eventually(lambda: decisions(deployment, "held"), "a model that would move users is held")[-1]
    assert held["cause"] == "over_budget"
    assert held["share_moved"] > 0
    assert [v["share_moved"] for v in decisions(deployment, "promoted") if v["share_moved"] > 0] == []

    # events flow beside the verb, so that a review may replace what is held: then the operator looks again
    n_sent, waiting = first_end, None
    while waiting is None and n_sent < n_events - 2 * PORTION:
        deployment.await_committed(n_sent)
        undisturbed.await_the_other()  # else what is held may be of hours ago
        sending = Thread(target=deployment.send, args=(events[n_sent : n_sent + PORTION], 300.0))
        sending.start()
        waiting = promoted_by_operator(deployment)
        sending.join()
        n_sent += PORTION
        if waiting is None:  # nothing flows at the second look, so no review can be quicker
            deployment.await_committed(n_sent)
            undisturbed.await_the_other()
            waiting = promoted_by_operator(deployment)
    assert waiting is not None
    eventually(lambda: worker.served() >= waiting, "the worker decides with what was promoted")
    deployment.send(events[n_sent:second_end])
    deployment.await_committed(max(n_sent, second_end))
    assert waiting in {change.segment_model for change in deployment.changes()}

    name = json.loads(deployment.messages(SEGMENTS)[-1].value)["id"]
    segue(deployment, "segments", "rename", name, "Weekend cooks")
    [back] = re.findall(r"model (\d+) serves again", segue(deployment, "models", "rollback"))
    eventually(lambda: worker.served() == int(back), "the worker goes back")
    deployment.send(events[max(n_sent, second_end) :])
    deployment.await_committed(n_events)
    assert worker.served() == int(back)
    assert decisions(deployment, "promoted", "rolled_back")[-1]["status"] == "rolled_back"
    assert_decided_by_whole_models(deployment.changes(), known := models(deployment))
    assert "Weekend cooks" in [d.name for d in known[int(back)].descriptions] or name not in known[int(back)].ids
    listed = [json.loads(line) for line in segue(deployment, "models", "list", "--json").splitlines()]
    assert [row["segment_model"] for row in listed if row["status"] == "serving"] == [int(back)]
