"""Only JSON that fits is a body; anything else is answered with an example."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from fastapi import Request

from stream.serve.api.bodies import json_body
from stream.serve.problems import Problem, ProblemError

DECODER = msgspec.json.Decoder(dict[str, int])


def request(content: bytes, media_type: str = "application/json; charset=utf-8") -> Request:
    """A request with this body."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": content}

    headers = [(b"content-type", media_type.encode())] if media_type else []
    return Request({"type": "http", "headers": headers}, receive)


def test_a_body_that_fits_is_decoded() -> None:
    assert asyncio.run(json_body(request(b'{"n": 1}'), DECODER, "…")) == {"n": 1}


@pytest.mark.parametrize(
    ("content", "media_type", "problem", "said"),
    [
        (b'{"n": "x"}', "application/json", Problem.BAD_REQUEST, 'send {"n": 1} in UTF-8'),
        (b"\xff", "application/json", Problem.BAD_REQUEST, 'send {"n": 1} in UTF-8'),
        (b"{}", "", Problem.WRONG_CONTENT_TYPE, "no content-type"),
        (b"{}", "text/plain", Problem.WRONG_CONTENT_TYPE, "text/plain"),
    ],
)
def test_any_other_body_is_a_problem(content: bytes, media_type: str, problem: Problem, said: str) -> None:
    with pytest.raises(ProblemError) as raised:
        asyncio.run(json_body(request(content, media_type), DECODER, '{"n": 1}'))
    assert raised.value.problem is problem
    assert said in raised.value.detail
