"""Metrics and health of a sink, as a scrape sees them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from stream.sink import metrics as module
from stream.sink.endpoint import Answer
from stream.sink.ledger_view import Figures
from stream.sink.message import Message, Move
from stream.sink.metrics import SinkHealth, SinkMetrics, figures_of
from stream.store.session import Progress
from tests.sink.builders import Members, acknowledged, opened


def test_a_scrape_has_the_figures_of_the_ledger(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        metrics = SinkMetrics(lambda: figures_of(ledger.path), lambda: Progress(lag=7))
        value = metrics.registry.get_sample_value
        ledger.apply([log.put("ann"), log.put("bob"), log.put("cid", "s-0002")], {})
        acknowledged(ledger)
        ledger.apply([log.erase("bob"), log.put("dan")], {})
        assert value("segue_sink_members", {"segment": "s-0001"}) == 2
        assert value("segue_sink_members", {"segment": "s-0002"}) == 1
        assert value("segue_sink_unsettled") == 2  # bob is to leave, dan to enter
        ledger.refuse(ledger.begin(ledger.due(100), 0), 400, "", 0)
        assert (value("segue_sink_dead_letters"), value("segue_sink_lag_records")) == (2, 7)


def test_answers_and_outcomes_are_counted() -> None:
    metrics = SinkMetrics(lambda: Figures({}, 0, 0), Progress)
    message = Message(1, "ann", "s-0001", "Snacks", Move.ENTERED, None, "a1", 0)
    for status in (0, 200, 200, 429):
        metrics.answered(Answer(status), 0.1)
    metrics.settled([message, message], "acknowledged")
    value = metrics.registry.get_sample_value
    assert [value("segue_sink_requests_total", {"status": status}) for status in ("none", "200", "429")] == [1, 2, 1]
    assert value("segue_sink_messages_total", {"move": "entered", "outcome": "acknowledged"}) == 2
    assert value("segue_sink_request_seconds_count") == 4


def test_a_sink_is_ready_when_it_knows_the_members_and_the_endpoint_takes_batches() -> None:
    why, lag = [""], [0]
    health = SinkHealth(lambda: why[0], lambda: Progress(lag=lag[0]))
    assert (health.is_healthy(), health.is_ready()) == (True, True)
    health.answered(Answer(503))
    assert (health.is_healthy(), health.is_ready()) == (True, False)  # a restart would not help
    assert health.report()["reasons"] == ["the endpoint answers 503"]
    health.answered(Answer(200))
    why[0] = "no broker answers"
    assert (health.is_ready(), health.report()["reasons"]) == (False, ["no broker answers"])
    why[0], lag[0] = "", 5
    assert not health.is_ready()


def test_a_loop_that_stands_still_is_unhealthy(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now_s[0])
    health = SinkHealth(lambda: "", Progress)
    now_s[0] += 61
    assert not health.is_healthy()
    health.turned()
    assert health.is_healthy()
