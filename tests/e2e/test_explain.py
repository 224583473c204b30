"""Changes of a real run, decided again: after several models, a ramp, a rollback and a worker killed with SIGKILL."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pytest

from stream.core.policy import DAY_MS
from stream.explain.build import build_explainer
from stream.explain.errors import ErasedUserError, NoSuchChangeError, UnknownUserError
from stream.explain.explainer import Explainer
from stream.explain.explanation import Basis
from stream.files.complete_journey import declarations, purchases
from stream.kafka.trainer_client import decision_on
from stream.settings import WorkerSettings
from stream.training.values.commands import Promote, Refit, Rollback
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment, Worker
from tests.e2e.waiting import eventually

RAMP_MS = 2 * DAY_MS
N_COMPARED = 1_000
N_DEMO_EVENTS = 500_000  # about as many as `make demo` sends
ANSWER_S = 120.0
DEMO = {"dwell_ms": str(DAY_MS), "clock": "event", "kinds": "purchase", "min_items": "5", "warm_up_samples": "1500",
        "batch_samples": "5000", "n_segments": "10"}  # fmt: skip


def lived_through(deployment: Deployment, events: Sequence[scenario.Event]) -> set[int]:
    """Send the events, with a kill, a refit promoted over a ramp, and a rollback in between; the versions that served.

    events   0 ───── 40 % ──────────── 60 % ────────────── 80 % ──────── end
                     SIGKILL           refit, promote      roll back
    """
    worker, n_sent, served = deployment.start_worker("one"), 0, set[int]()
    for share in (0.4, 0.6, 0.8, 1.0):
        end = int(len(events) * share)
        deployment.send(events[n_sent:end])
        if share == 0.6:  # half of these are on the way when it is killed
            worker.kill()
            worker = deployment.start_worker("one")
        deployment.await_committed(n_sent := end, for_s=900)
        served.add(eventually(worker.served, "a model serves"))
        if share == 0.6:
            version = decision_on(deployment.connection, Refit("refit", seed=7), ANSWER_S).segment_model
            decision_on(deployment.connection, Promote("promote", version, RAMP_MS), ANSWER_S)
            await_served(worker, version)
        if share == 0.8:
            version = decision_on(deployment.connection, Rollback("back"), ANSWER_S).segment_model
            await_served(worker, version)
    return served


def await_served(worker: Worker, version: int) -> None:
    """Wait until the worker decides with this model."""
    eventually(lambda: worker.served() == version, f"model {version} serves")


def settings_of(deployment: Deployment, base: WorkerSettings) -> WorkerSettings:
    """A worker's settings in this deployment."""
    return replace(base, connection=deployment.connection)


def compare_all(explainer: Explainer, deployment: Deployment) -> list[str]:
    """The changes, of 1,000 random ones, that are not decided again equal from the log alone."""
    changes = deployment.changes()
    chosen = random.Random(15).sample(changes, min(N_COMPARED, len(changes)))
    wanted = {(change.user, change.sequence) for change in chosen}
    found = list(explainer.compare({user for user, _ in wanted}))
    compared = {(each.change.user, each.change.sequence): each for each in found}
    assert wanted <= compared.keys()
    return [
        f"{key}: {compared[key].basis}" for key in wanted if not compared[key].equal or compared[key].basis != "log"
    ]


def test_changes_of_a_real_run_are_decided_again_equal(deploy: Deploy) -> None:
    settings = scenario.SETTINGS | {"warm_up_samples": "100", "batch_samples": "300"}
    deployment = deploy(**settings)
    served = lived_through(deployment, scenario.events(9_000))
    assert len(served) >= 2
    explainer = build_explainer(settings_of(deployment, scenario.settings()))
    assert compare_all(explainer, deployment) == []
    changes = deployment.changes()
    assert len({change.segment_model for change in changes}) >= 3
    for change in changes[:: len(changes) // 5]:
        explanation = explainer.explain(change.user, change.sequence)
        assert (explanation.equal, explanation.recomputed, explanation.basis) == (True, change, Basis.LOG)
        assert explanation.after is not None
        assert len(explanation.after.items) == change.n_items
        assert explanation.timeline[-1].time_ms == change.decision_time_ms
    assert_errors(explainer, deployment, changes[0].user)


def assert_errors(explainer: Explainer, deployment: Deployment, user: str) -> None:
    """An unknown user, a sequence that is not there, a user with too few items, and one who was erased."""
    with pytest.raises(UnknownUserError, match="nobody"):
        explainer.explain("nobody")
    with pytest.raises(NoSuchChangeError, match="none of sequence 999"):
        explainer.explain(user, 999)
    newest_ms = max(change.decision_time_ms for change in deployment.changes())
    event = {"user_id": "newcomer", "timestamp": newest_ms, "text": "milk", "kind": "purchase"}
    n_before = deployment.n_committed()
    deployment.send([(b"newcomer", json.dumps(event).encode())])
    deployment.send([(user.encode(), json.dumps({"type": "erase", "userId": user}).encode())])
    deployment.await_committed(n_before + 2)
    waiting = explainer.explain("newcomer")
    assert (waiting.sequence, waiting.change, waiting.equal) == (0, None, False)
    assert "1 item in the window, 3 needed (SEGUE_MIN_ITEMS)" in waiting.sentences[0]
    with pytest.raises(ErasedUserError, match="was erased"):
        explainer.explain(user)
    shown = subprocess.run(
        deployment.command("-m", "stream.cli.main", "explain", user), capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == f"Error: user {user!r} was erased: what came before is not explained\n"


def test_a_user_of_a_backfilled_past_stands_where_the_workers_say(deploy: Deploy, tmp_path: Path) -> None:
    own = {"warm_up_samples": "60", "batch_samples": "60", "n_segments": "2"}
    deployment = deploy(n_partitions=1, **scenario.SETTINGS | own)
    past, texts = tmp_path / "past.csv", ("whole milk", "running shoes")
    rows = [f"user-{at % 12},2026-01-{1 + at // 12:02},{texts[at % 2]},purchase" for at in range(144)]
    past.write_text("\n".join(["user_id,timestamp,text,kind", *rows]) + "\n")
    filling = deployment.command("-m", "stream.cli.main", "backfill", str(past))
    done = subprocess.run(filling, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    deployment.start_worker("one")
    live = {
        "user_id": "user-0",
        "timestamp": "2026-01-13T10:00:00Z",
        "text": texts[0],
        "kind": "purchase",
        "id": "live",
    }
    deployment.send([(b"user-0", json.dumps(live).encode())])
    deployment.await_committed(deployment.n_committed() + 1)
    explainer = build_explainer(settings_of(deployment, scenario.settings()))
    members = deployment.memberships()
    for user, live_ids in (("user-0", {"live"}), ("user-1", set[str]())):
        found, published = explainer.explain(user), members[user]
        present = found.present
        assert present is not None
        assert present.snapshot is not None
        assert (present.segment, present.since_ms, present.sequence) == (
            published.segment,
            published.since_ms,
            published.sequence,
        )
        assert len(present.snapshot.items) == 12 + len(live_ids)
        assert live_ids <= {item.id for item in present.snapshot.items}
        assert (found.sequence, found.change, "past.csv" in found.missing[0].sentence) == (
            published.sequence,
            None,
            True,
        )
    with pytest.raises(NoSuchChangeError, match="none on segment-changes"):
        explainer.explain("user-0", 1)


@pytest.mark.chaos
def test_a_thousand_changes_of_the_demo_are_decided_again_equal(deploy: Deploy) -> None:
    deployment = deploy(**DEMO)
    lived_through(deployment, list(islice(chain(declarations(), purchases()), N_DEMO_EVENTS)))
    policy = replace(scenario.POLICY, margin=0.1, half_life_ms=60 * DAY_MS, min_items=5)
    explainer = build_explainer(settings_of(deployment, replace(scenario.settings(), policy=policy)))
    assert compare_all(explainer, deployment) == []
    assert len({change.segment_model for change in deployment.changes()}) >= 3
