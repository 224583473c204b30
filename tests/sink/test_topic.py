"""Without a broker nobody's consent is known: nothing is sent, and the sink says why."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from stream.kafka.connection import Connection
from stream.sink.endpoint import Endpoint
from stream.sink.policy import SinkPolicy
from stream.sink.run import SinkLoop
from stream.sink.topic import MembershipReader
from stream.store.session import Progress
from tests.sink.builders import Members, due, opened
from tests.sink.receiver import receiving


@pytest.mark.parametrize(
    ("progress", "is_complete"),
    [
        (Progress(), True),
        (Progress(lag=1), False),
        (Progress(missing=("user-segments",)), False),
        (Progress(unanswered="no broker answers"), False),
    ],
)
def test_members_are_known_when_nothing_is_left_to_be_read(progress: Progress, is_complete: bool) -> None:
    assert MembershipReader.is_complete(progress) is is_complete


def test_a_sink_without_a_broker_sends_nothing_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.kafka.topic_look.ASK_S", 0.2)
    log, stop = Members(), Event()
    with closing(opened(tmp_path)) as ledger, receiving() as receiver:
        ledger.read_anew_if_late(1 << 50)  # far in the future: this test is about the broker only
        ledger.apply([log.put("ann")], {})
        reader = MembershipReader(Connection("127.0.0.1:9"), ledger)
        with closing(reader), closing(Endpoint(receiver.url, {}, 5)) as endpoint:
            loop = SinkLoop(ledger, reader, endpoint, SinkPolicy(), stop)
            turns = iter(range(3))

            def stop_after_some_turns() -> None:
                if next(turns) == 2:
                    stop.set()

            monkeypatch.setattr(loop.health, "turned", stop_after_some_turns)
            loop.run()
            assert "SEGUE_BOOTSTRAP_SERVERS" in reader.why_not()
            assert not loop.health.is_ready()
        assert (receiver.n_requests(), due(ledger)) == (0, ["+ann s-0001"])
