"""The delivery of one batch: checks before each attempt, retries with back-off, and what becomes of the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, time
from typing import Protocol

import structlog
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from stream.sink.endpoint import Answer, Meaning
from stream.sink.ledger import Ledger
from stream.sink.message import Message, batch_body, batch_key
from stream.sink.policy import SinkPolicy

_RETRY_AFTER_MAX_S = 3_600.0

log = structlog.get_logger()


class Sender(Protocol):
    """An endpoint, or a stand-in."""

    def send(self, key: str, body: bytes) -> Answer:
        """Post a batch under an idempotency key, and return the answer."""
        ...


class Observer(Protocol):
    """An observer of deliveries."""

    def answered(self, answer: Answer, seconds: float) -> None:
        """Take in an answer."""
        ...

    def settled(self, messages: Sequence[Message], outcome: str) -> None:
        """Take in what became of messages: acknowledged, refused or given_up."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A delivery's surroundings.

    `prepare` brings the ledger up to date and returns False if the sink is to stop. `pause` waits for some seconds,
    less if the sink is to stop.
    """

    prepare: Callable[[], bool]
    pause: Callable[[float], None]
    observer: Observer


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt: the messages that were sent, and the answer; None if nothing was sent."""

    messages: list[Message]
    answer: Answer | None


class Delivery:
    """A sender of batches, one at a time, at a limited rate."""

    def __init__(self, ledger: Ledger, sender: Sender, policy: SinkPolicy, around: Surroundings) -> None:
        self._ledger, self._sender, self._policy, self._around = ledger, sender, policy, around
        self._next_s = 0.0
        self._backoff = wait_random_exponential(multiplier=policy.sink_backoff_s, max=policy.sink_backoff_max_s)

    def deliver(self, messages: Sequence[Message]) -> bool:
        """Send messages until the endpoint takes or refuses them, the attempts are over, or the sink stops.

        A batch of which the endpoint refuses a part is sent in halves, down to the messages that it refuses. Return
        False if some were given up for now.
        """
        last = self._attempts(messages)
        if last.answer is None:
            return True
        match last.answer.meaning:
            case Meaning.ACKNOWLEDGED:
                self._ledger.acknowledge(last.messages)
                self._tell_outcome(last, "acknowledged")
            case Meaning.LATER:
                self._ledger.give_up(last.messages)
                self._tell_outcome(last, "given_up")
            case Meaning.REFUSED if last.answer.is_about_content and len(last.messages) > 1:
                half = len(last.messages) // 2
                return self.deliver(last.messages[:half]) & self.deliver(last.messages[half:])
            case Meaning.REFUSED:  # pragma: no branch (there is no other meaning)
                self._ledger.refuse(last.messages, last.answer.status, last.answer.body, _now_ms())
                self._tell_outcome(last, "refused")
        return last.answer.meaning != Meaning.LATER

    def _attempts(self, messages: Sequence[Message]) -> Attempt:
        retrying = Retrying(
            retry=retry_if_result(_is_to_repeat),
            wait=self._wait_s,
            stop=stop_after_attempt(self._policy.sink_attempts),
            sleep=self._around.pause,
            before_sleep=_tell,
            retry_error_callback=_last_attempt,
        )
        last: Attempt = retrying(self._attempt, messages)
        return last

    def _attempt(self, messages: Sequence[Message]) -> Attempt:
        """Send what is still true of the messages, after all records that were committed before."""
        self._around.pause(self._next_s - monotonic())
        if not self._around.prepare():
            return Attempt([], None)
        left = self._ledger.still_due(messages, self._policy.sink_min_audience)
        if not left:
            return Attempt([], None)
        sent = self._ledger.begin(left, _now_ms())
        started_s = monotonic()
        self._next_s = started_s + 1 / self._policy.sink_rate
        answer = self._sender.send(batch_key(sent), batch_body(sent, self._policy.sink_format))
        self._around.observer.answered(answer, monotonic() - started_s)
        return Attempt(sent, answer)

    def _wait_s(self, state: RetryCallState) -> float:
        attempt = _last_attempt(state)
        asked_s = attempt.answer.wait_s if attempt.answer else 0.0
        return max(self._backoff(state), min(asked_s, _RETRY_AFTER_MAX_S))

    def _tell_outcome(self, attempt: Attempt, outcome: str) -> None:
        self._around.observer.settled(attempt.messages, outcome)
        answer = attempt.answer or Answer(0)
        level = log.info if answer.meaning == Meaning.ACKNOWLEDGED else log.error
        level("batch " + outcome.replace("_", " "), messages=len(attempt.messages), **_described(answer))


def _is_to_repeat(attempt: Attempt) -> bool:
    return attempt.answer is not None and attempt.answer.meaning == Meaning.LATER


def _last_attempt(state: RetryCallState) -> Attempt:
    assert state.outcome is not None
    attempt: Attempt = state.outcome.result()
    return attempt


def _tell(state: RetryCallState) -> None:
    answer = _last_attempt(state).answer or Answer(0)
    wait_s = round(state.next_action.sleep if state.next_action else 0.0, 1)
    log.warning("batch to be sent again", attempt=state.attempt_number, wait_s=wait_s, **_described(answer))


def _described(answer: Answer) -> dict[str, object]:
    """Return the fields of a log line. Bodies may repeat users' ids: only a missing answer has its reason there."""
    return {"status": answer.status} if answer.status else {"no_answer": answer.body}


def _now_ms() -> int:
    return int(time() * 1000)
