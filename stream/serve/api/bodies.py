"""Bodies of requests, as structs. Malformed ones raise ProblemError."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from fastapi import Request

from stream.serve.problems import Problem, ProblemError

Body = TypeVar("Body")


async def json_body(request: Request, decoder: msgspec.json.Decoder[Body], example: str) -> Body:
    """Return the body; raises ProblemError with the example for one that does not fit."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        detail = f"send application/json, got {media_type or 'no content-type'!r}"
        raise ProblemError(Problem.WRONG_CONTENT_TYPE, detail)
    try:
        return decoder.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last: nested without end
        raise ProblemError(Problem.BAD_REQUEST, f"send {example} in UTF-8: {error}") from error
