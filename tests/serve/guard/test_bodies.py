"""A body beyond the limit is refused, by its length or by its chunks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stream.serve.guard.bodies import MAX_BYTES, LimitedBody, check_length
from stream.serve.problems import Problem, ProblemError


def receiving(*chunks: bytes) -> Any:
    messages = iter([{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks])

    async def receive() -> Any:
        return next(messages)

    return receive


def test_a_length_up_to_the_limit_is_allowed() -> None:
    check_length(None)
    check_length(b"0")
    check_length(str(MAX_BYTES).encode())


@pytest.mark.parametrize("length", [str(MAX_BYTES + 1).encode(), b"-1", b"x", b"1e9", b"9" * 30])
def test_another_length_is_refused(length: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        check_length(length)
    assert caught.value.problem is Problem.TOO_LARGE


def test_chunks_are_counted() -> None:
    body = LimitedBody(receiving(b"a" * (MAX_BYTES - 1), b"b", b"c"))

    async def read() -> None:
        await body()
        await body()
        with pytest.raises(ProblemError):
            await body()

    asyncio.run(read())
