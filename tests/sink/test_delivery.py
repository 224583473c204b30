"""Deliveries to a real endpoint that fails, stalls, refuses and asks to wait, with a clock that the test turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from stream.sink.delivery import Delivery, Surroundings
from stream.sink.endpoint import Answer, Endpoint
from stream.sink.ledger import Ledger
from stream.sink.ledger_view import viewing
from stream.sink.message import Message
from stream.sink.policy import SinkPolicy
from tests.sink.builders import NO, Members, due, opened
from tests.sink.receiver import OK, Receiver, Reply, receiving

FAST = SinkPolicy(sink_attempts=4, sink_rate=10_000, sink_backoff_s=1.0, sink_backoff_max_s=60, sink_timeout_s=5)


class Around:
    """The surroundings of a delivery: nothing waits, and `before` is called before each attempt."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []
        self.before: Callable[[], object] = lambda: None
        self.is_stopping = False
        self.outcomes: Counter[str] = Counter()
        self.statuses: list[int] = []

    def prepare(self) -> bool:
        self.before()
        return not self.is_stopping

    def pause(self, seconds: float) -> None:
        if seconds > 0.01:  # the rate is so high that it never counts
            self.waits_s.append(seconds)

    def answered(self, answer: Answer, seconds: float) -> None:
        assert seconds >= 0
        self.statuses.append(answer.status)

    def settled(self, messages: Sequence[Message], outcome: str) -> None:
        self.outcomes[outcome] += len(messages)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with eight members to be told."""
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put(f"u{at}") for at in range(8)], {})
        yield ledger


def deliver(ledger: Ledger, receiver: Receiver, around: Around, policy: SinkPolicy = FAST) -> bool:
    """Deliver all that is due."""
    with closing(Endpoint(receiver.url, policy.headers(), policy.sink_timeout_s)) as endpoint:
        surroundings = Surroundings(around.prepare, around.pause, around)
        return Delivery(ledger, endpoint, policy, surroundings).deliver(ledger.due(100))


def test_a_batch_is_sent_again_under_the_same_key_with_the_same_bytes_until_it_is_taken(ledger: Ledger) -> None:
    with receiving(Reply(500), Reply(0, takes=True), Reply(503), OK) as receiver:
        around = Around()
        assert deliver(ledger, receiver, around)
        assert (len(set(receiver.keys)), len(set(receiver.bodies)), receiver.n_requests()) == (1, 1, 4)
        assert receiver.members("s-0001") == {f"u{at}" for at in range(8)}
        assert (around.outcomes, around.statuses) == ({"acknowledged": 8}, [500, 0, 503, 200])
        assert due(ledger) == []


def test_waits_grow_and_are_as_long_as_the_endpoint_asks(ledger: Ledger) -> None:
    with receiving(Reply(500), Reply(429, {"Retry-After": "30"}), Reply(500), OK) as receiver:
        around = Around()
        deliver(ledger, receiver, around)
    bounds = [(0, 1), (30, 30), (0, 4)]
    waits = [each for each in around.waits_s if each > 0.01]
    assert len(around.waits_s) <= 3
    assert all(any(low <= each <= high for low, high in bounds) for each in waits)
    assert 30 in around.waits_s


def test_attempts_that_are_over_leave_the_batch_for_later(ledger: Ledger) -> None:
    with receiving() as receiver:
        receiver.otherwise = lambda _: Reply(500)
        around = Around()
        assert not deliver(ledger, receiver, around)
        assert (receiver.n_requests(), around.outcomes) == (4, {"given_up": 8})
        receiver.otherwise = lambda _: OK
        assert deliver(ledger, receiver, around)
        assert len(set(receiver.keys)) == 1
        assert due(ledger) == []


def test_a_withdrawal_between_two_attempts_leaves_the_next_one_and_becomes_an_exit(ledger: Ledger) -> None:
    #  attempt 1: u0 … u7, taken but not answered ─▶ u3 withdraws, u4 is erased ─▶ attempt 2: without both
    log, around = Members(), Around()
    log.ends.update({("user-segments", 0): 8})
    with receiving(Reply(0, takes=True), OK) as receiver:
        records = iter([[], [log.put("u3", traits=NO), log.erase("u4")]])
        around.before = lambda: ledger.apply(next(records, []), {})
        deliver(ledger, receiver, around)
        assert [each["userId"] for each in receiver.requests[1]] == ["u0", "u1", "u2", "u5", "u6", "u7"]
        assert receiver.keys[0] != receiver.keys[1]
        assert due(ledger) == ["-u3 s-0001 consent", "-u4 s-0001 erased"]
        deliver(ledger, receiver, around)
        assert receiver.members("s-0001") == {"u0", "u1", "u2", "u5", "u6", "u7"}


def test_a_withdrawal_before_the_first_attempt_sends_nothing_at_all(ledger: Ledger) -> None:
    log, around = Members(), Around()
    log.ends.update({("user-segments", 0): 8})
    with receiving() as receiver:
        records = [log.put(f"u{at}", traits=NO) for at in range(8)]
        around.before = lambda: ledger.apply(records, {})
        assert deliver(ledger, receiver, around)
        assert (receiver.n_requests(), due(ledger)) == (0, [])


def test_one_message_that_is_refused_costs_only_itself(ledger: Ledger) -> None:
    def choosy(batch: list[dict[str, object]]) -> Reply:
        return Reply(400, body=b"u5 is unknown") if any(each["userId"] == "u5" for each in batch) else OK

    with receiving() as receiver, viewing(ledger.path) as view:
        receiver.otherwise = choosy
        around = Around()
        assert deliver(ledger, receiver, around)
        assert receiver.members("s-0001") == {f"u{at}" for at in range(8)} - {"u5"}
        [letter] = view.letters()
        assert (letter.user, letter.status, letter.body) == ("u5", 400, "u5 is unknown")
        assert around.outcomes == {"acknowledged": 7, "refused": 1}


@pytest.mark.parametrize("status", [302, 401, 404])
def test_a_refusal_of_everything_is_one_request_and_a_letter_each(ledger: Ledger, status: int) -> None:
    with receiving(Reply(status, body=b"no")) as receiver, viewing(ledger.path) as view:
        deliver(ledger, receiver, Around())
        assert receiver.n_requests() == 1
        assert [(each.status, each.body) for each in view.letters()] == [(status, "no")] * 8
        assert due(ledger) == []


def test_a_stop_during_a_wait_ends_the_batch_and_keeps_it(ledger: Ledger) -> None:
    with receiving(Reply(500), OK) as receiver:
        around = Around()
        stops = iter([False, True])
        around.before = lambda: setattr(around, "is_stopping", next(stops))
        deliver(ledger, receiver, around)
        assert (receiver.n_requests(), len(due(ledger)), around.outcomes) == (1, 8, {})


def test_requests_keep_their_distance(ledger: Ledger) -> None:
    with receiving() as receiver:
        around = Around()
        endpoint = Endpoint(receiver.url, {}, 5)
        slow = SinkPolicy(sink_rate=0.5, sink_batch=1)
        delivery = Delivery(ledger, endpoint, slow, Surroundings(around.prepare, around.pause, around))
        for each in ledger.due(3):
            delivery.deliver([each])
        endpoint.close()
        assert len(around.waits_s) == 2
        assert all(0 < each <= 2 for each in around.waits_s)
