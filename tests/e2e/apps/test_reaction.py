"""The measurement of reactions: one action for each change, on the broker of the tests."""

from __future__ import annotations

from bench.apps.reaction import Sizes, reactions, taught
from stream.kafka.connection import Connection


def test_each_change_has_a_time_until_its_action(connection: Connection) -> None:
    n_changes = 3
    app, now_ms = taught(Sizes(n_households=20, n_days=20, n_changes=n_changes))
    app.learn(now_ms)
    users = [*app.shoppers][:n_changes]
    waits_s = reactions(app, connection, users, now_ms)
    assert len(waits_s) == n_changes
    assert min(waits_s) > 0
    assert all(app.shoppers[user].segment == "s-0002" for user in users)
