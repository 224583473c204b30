"""`segue app risk` on a real worker: a ring of ids is told, and an erased one is no evidence any more."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import msgspec

from stream.core.policy import DAY_MS
from tests.e2e import scenario
from tests.e2e.apps.running import running_app
from tests.e2e.conftest import Deploy

START_MS = 2_500 * 7 * DAY_MS
N_USERS, N_DAYS = 30, 22  # two whole weeks, and a day of the third
RING_SIZE, N_ITEMS = 3, 8
_ids = count()


def purchase(user: str, time_ms: int, text: str) -> scenario.Event:
    event = {"user_id": user, "id": f"{next(_ids)}", "kind": "purchase", "timestamp": time_ms, "text": text}
    return user.encode(), msgspec.json.encode(event | {"amount": 2.0})


def ordinary(texts: list[str]) -> list[scenario.Event]:
    """Return purchases of people with tastes of their own."""
    chance = Random(5)
    tastes = [chance.sample(texts, 12) for _ in range(N_USERS)]
    return [
        purchase(f"user-{user}", START_MS + day * DAY_MS + at, chance.choice(taste))
        for day in range(N_DAYS)
        for user, taste in enumerate(tastes)
        for at in range(2)
    ]


def ring(name: str, texts: list[str], day: float, members: range = range(RING_SIZE)) -> list[scenario.Event]:
    """Return the same purchases of some members of a ring, one member after another."""
    at_ms = START_MS + int(day * DAY_MS)
    return [purchase(f"{name}-{member}", at_ms + member, text) for member in members for text in texts]


def test_a_ring_is_told_with_a_link_and_erased_members_are_no_evidence(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    texts = sorted({msgspec.json.decode(value)["text"] for _, value in stream[:5_000] if value})
    settings = scenario.SETTINGS | {"publish_profiles": "always", "segment_model": str(segment_model)}
    deployment = deploy(n_partitions=1, **settings)
    deployment.start_worker("one")
    past = ordinary(texts)
    deployment.send(past)
    deployment.await_committed(len(past))
    first, second = texts[:N_ITEMS], texts[-N_ITEMS:]
    with running_app(deployment, "risk") as app:
        deployment.send(ring("first", first, N_DAYS))
        alert = app.await_action(user=f"first-{RING_SIZE - 1}", signal="like others")
        assert {each["user"] for each in alert["like"]} == {"first-0", "first-1"}
        assert alert["explain"].startswith("segue explain first-2")
        for member in ("first-0", "first-1"):
            deployment.send([(member.encode(), b'{"type": "erase", "userId": "%s"}' % member.encode())])
        deployment.send(ring("first", first, N_DAYS + 0.1, range(RING_SIZE, RING_SIZE + 1)))  # like first-2 alone
        deployment.send(ring("second", second, N_DAYS + 0.2))  # in one partition: told last
        app.await_action(user=f"second-{RING_SIZE - 1}", signal="like others")
        assert "first-3" not in {action["user"] for action in app.actions()}
        assert app.stop() == 0
