"""Explanations run one at a time beside the event loop, in a queue with an end."""

from __future__ import annotations

import asyncio
from threading import Event

import msgspec
import pytest

from stream.explain.errors import ErasedUserError, NoSuchChangeError, UnknownUserError
from stream.explain.explanation import Basis, Explanation
from stream.kafka.broker_errors import BrokerError
from stream.onnx.folder import EncoderError
from stream.serve.api.explaining import N_WAITING_MAX, Explaining
from stream.serve.problems import Problem, ProblemError
from stream.wire.segment_models import SegmentModelError


def explanation(user: str, sequence: int | None) -> Explanation:
    return Explanation(user, sequence or 0, None, None, False, Basis.NOTHING)


def failing(error: Exception) -> Explaining:
    def explain(user: str, sequence: int | None) -> Explanation:
        raise error

    return Explaining(explain)


def test_an_explanation_is_answered_as_json() -> None:
    found = asyncio.run(Explaining(explanation).explain("ann", 3))
    assert msgspec.json.decode(found, type=Explanation) == explanation("ann", 3)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (NoSuchChangeError("no"), Problem.NO_SUCH_CHANGE),
        (UnknownUserError("no"), Problem.NO_SUCH_USER),
        (ErasedUserError("no"), Problem.NO_SUCH_USER),
        (BrokerError("no broker"), Problem.CANNOT_EXPLAIN),
        (EncoderError("no encoder"), Problem.CANNOT_EXPLAIN),
        (SegmentModelError("another encoder"), Problem.CANNOT_EXPLAIN),
        (ModuleNotFoundError("onnxruntime is not installed", name="onnxruntime"), Problem.CANNOT_EXPLAIN),
    ],
)
def test_a_reason_against_it_is_a_problem(error: Exception, problem: Problem) -> None:
    with pytest.raises(ProblemError, match=str(error)) as caught:
        asyncio.run(failing(error).explain("ann", 1))
    assert caught.value.problem is problem


def test_a_fault_is_raised_as_it_is_and_the_next_one_is_answered() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(failing(ZeroDivisionError()).explain("ann", 1))


def test_without_a_log_nothing_is_explained() -> None:
    with pytest.raises(ProblemError) as caught:
        asyncio.run(Explaining(None).explain("ann", 1))
    assert caught.value.problem is Problem.CANNOT_EXPLAIN


def test_those_that_wait_are_limited_and_the_loop_goes_on_meanwhile() -> None:
    goes_on, n_at_once, most = Event(), [0], [0]

    def explain(user: str, sequence: int | None) -> Explanation:
        n_at_once[0] += 1
        most[0] = max(most[0], n_at_once[0])
        goes_on.wait()
        n_at_once[0] -= 1
        return explanation(user, sequence)

    async def ask() -> list[bytes]:
        explaining = Explaining(explain)
        tasks = [asyncio.create_task(explaining.explain("ann", at)) for at in range(N_WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as caught:
            await explaining.explain("bob", 1)
        assert caught.value.problem is Problem.BUSY
        assert caught.value.headers["retry-after"]
        goes_on.set()
        found = await asyncio.gather(*tasks)
        assert await explaining.explain("bob", 1)
        return found

    assert len(asyncio.run(ask())) == N_WAITING_MAX
    assert most == [1]
