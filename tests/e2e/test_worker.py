"""A worker for its operator: health, metrics, idle users, erasure, stop, at-least-once, errors at start-up."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path
from time import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.devkafka import EmbeddedKafka
from stream.engines.registry import ENGINES
from stream.wire.changes import change_id
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine that is installed."""
    if request.param == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    return str(request.param)


def event(user: str, at: int, text: str = "dog food", **fields: Any) -> scenario.Event:
    value = {"user_id": user, "id": f"{user}-{at}", "text": text, "timestamp": int(time() * 1000), **fields}
    return user.encode(), json.dumps(value).encode()


def status(url: str) -> int:
    try:
        with urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, TimeoutError, ConnectionError):
        return 0


def metrics(url: str) -> dict[str, float]:
    """Sums over labels of every sample."""
    with urlopen(f"{url}/metrics", timeout=30) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        sums: dict[str, float] = {}
        for sample in (sample for family in families for sample in family.samples):
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
        return sums


def test_idle_users_become_inactive_and_erased_users_are_removed(
    engine: str, deploy: Deploy, segment_model: Path
) -> None:
    # wall clock, a window of 4 s:   events at 0 ────────────▶ last item leaves ─▶ inactive, with no further event
    settings = {"segment_model": str(segment_model), "kinds": "purchase", "window_ms": "4000", "dwell_ms": "0"}
    deployment = deploy(engine, **settings)
    worker = deployment.start_worker("one")
    url = worker.url()
    eventually(lambda: status(f"{url}/readyz") == 200, "the worker is ready")
    # one batch, made while it is sent: no window passes before the erasure is there
    erasure = (b"bob", b'{"type": "erase", "userId": "bob"}')
    deployment.send(chain((event(user, at) for user in ("ann", "bob") for at in range(3)), [erasure]))
    said = {"ann": ["entered", "inactive"], "bob": ["entered"]}
    eventually(lambda: rules(deployment) == said, "ann enters and is inactive, bob enters and is erased")
    ann = [change for change in deployment.changes() if change.user == "ann"]
    assert ann[1].decision_time_ms >= (ann[0].event_time_ms or 0) + 4000
    eventually(
        lambda: {user: m.segment.id for user, m in deployment.memberships().items()} == {"ann": "inactive"},
        "only ann has a segment, the inactive",
    )
    wanted = {"segue_changes_total": 3, "segue_lag_records": 0}
    eventually(lambda: wanted.items() <= metrics(url).items(), "three changes are counted, and nothing waits")
    eventually(lambda: status(f"{url}/healthz") == 200, "it is alive")
    eventually(lambda: status(f"{url}/nothing") == 404, "what is not there is not there")


def rules(deployment: Deployment) -> dict[str, list[str]]:
    """Return the rules of each user's changes, in order."""
    found: dict[str, list[str]] = {}
    for change in deployment.changes():
        found.setdefault(change.user, []).append(change.rule)
    return found


def test_a_stop_while_events_wait_leaves_nothing_open(
    engine: str, deploy: Deploy, segment_model: Path, stream: list[scenario.Event]
) -> None:
    # an open transaction would hide the committed offsets until the broker aborts it, after ten minutes here
    settings = scenario.SETTINGS | {"segment_model": str(segment_model), "transaction_timeout_ms": "600000"}
    deployment = deploy(engine, **settings)
    worker = deployment.start_worker("one")
    deployment.send(stream)
    deployment.await_committed(1_000)
    assert worker.stop() == 0
    assert "Traceback" not in worker.log.read_text()
    assert 1_000 <= deployment.n_committed() <= len(stream)


def test_at_least_once_repeats_only_published_changes(deploy: Deploy, segment_model: Path) -> None:
    settings = scenario.SETTINGS | {"segment_model": str(segment_model), "guarantee": "at-least-once"}
    deployment = deploy(**settings)
    stream = scenario.events(8_000)
    worker = deployment.start_worker("one")
    deployment.send(stream)
    deployment.await_committed(2_000)
    worker.kill()
    deployment.start_worker("one")
    deployment.await_committed(len(stream))
    first: dict[str, object] = {}
    for change in deployment.changes():
        first.setdefault(change_id(change.user, change.sequence, change.decision_time_ms), change)
    wanted = scenario.expected(stream, segment_model).changes
    assert first == {
        change_id(c.user, c.sequence, c.decision_time_ms): c for changes in wanted.values() for c in changes
    }


def test_a_worker_without_topics_names_the_verb_that_creates_them(kafka: EmbeddedKafka) -> None:
    command = [sys.executable, "-m", "stream.cli.main", "worker", "--bootstrap-servers", kafka.bootstrap_servers]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "segue topics create" in ended.stderr
    assert "Traceback" not in ended.stderr
