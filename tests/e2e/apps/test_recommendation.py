"""Recommendations beside a real worker: each follows a change of segment, and an erased user is in none."""

from __future__ import annotations

from pathlib import Path

from apps.app import Action
from apps.recommendation import Recommendation
from apps.settings import RecommendationSettings
from stream.wire.changes import SegmentChange, change_id
from tests.e2e import scenario
from tests.e2e.apps.following import following
from tests.e2e.conftest import Deploy
from tests.e2e.waiting import eventually

N_PAST, N_ALL = 2_000, 3_500


def newest(changes: list[SegmentChange]) -> dict[str, str]:
    """Return the id of each user's last change."""
    return {each.user: change_id(each.user, each.sequence, each.decision_time_ms) for each in changes}


def test_a_recommendation_follows_each_change_and_an_erased_user_is_nowhere(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    settings = scenario.SETTINGS | {"publish_profiles": "changes", "segment_model": str(segment_model)}
    deployment = deploy(**settings)
    deployment.start_worker("one")
    deployment.send(stream[:N_PAST])
    deployment.await_committed(N_PAST)
    past = newest(deployment.changes())
    actions: list[Action] = []
    recommender = Recommendation(RecommendationSettings(recommendation_items=3))
    with following(deployment.connection, recommender, actions.append) as app:
        deployment.send(stream[N_PAST:N_ALL])
        deployment.await_committed(N_ALL)
        live = dict(newest(deployment.changes()).items() - past.items())
        assert live
        eventually(lambda: live.items() <= {each["user"]: each["change"] for each in actions}.items(), "all actions")
        assert not set(past.values()) & {each["change"] for each in actions}, "the past leads to no action"
        assert all(len(each["items"]) == 3 for each in actions)
        assert any(each["profile_ms"] for each in actions)  # not of all: a profile may come after the action
        assert app.population is not None
        known = set(app.population.sheet.users)  # of the last day that is over: newcomers are not among them
        erased = next(user for user in sorted(live) if user in known)
        deployment.send([(erased.encode(), b'{"type": "erase", "userId": "%s"}' % erased.encode())])
        eventually(lambda: erased not in app.shoppers, "the user is forgotten")
        assert erased not in app.population.sheet.users
