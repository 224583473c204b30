"""Every error of dashboard and API, as a problem of RFC 9457: `application/problem+json`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
DOCUMENTATION = "/api/v1/docs"  # page with an anchor for each problem


class Problem(Enum):
    """A kind of error: its name in `type`, its status, and its title."""

    BAD_REQUEST = "bad-request", 400, "The request is malformed"
    BAD_CURSOR = "bad-cursor", 400, "The cursor is not one of this API"
    UNAUTHORIZED = "unauthorized", 401, "A token is needed"
    NO_SUCH_PAGE = "no-such-page", 404, "There is nothing at this address"
    NO_SUCH_USER = "no-such-user", 404, "The user is not known"
    NO_SUCH_CHANGE = "no-such-change", 404, "The user has no such change"
    NO_SUCH_SEGMENT = "no-such-segment", 404, "The segment is not known"
    NO_SUCH_MODEL = "no-such-model", 404, "The segment model is not known"
    NO_PROFILES = "no-profiles", 404, "There is no profile to compare with"
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "The address has no such method"
    TOO_LARGE = "too-large", 413, "The request is too large"
    WRONG_CONTENT_TYPE = "wrong-content-type", 415, "The body is not JSON"
    WRONG_HOST = "wrong-host", 421, "The host name is not served here"
    TOO_MANY_REQUESTS = "too-many-requests", 429, "Too many requests"
    INTERNAL_ERROR = "internal-error", 500, "A fault of the server"
    CANNOT_EXPLAIN = "cannot-explain", 503, "Changes cannot be explained here"
    BUSY = "busy", 503, "Too many requests are waiting"
    TOO_MANY_STREAMS = "too-many-streams", 503, "Too many pages are live"
    NO_STORE = "no-store", 503, "The store cannot be read"

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code, self.status, self.title = code, status, title


class ProblemError(Exception):
    """An error to answer with. `detail` is a sentence for people, `more` are further members and headers."""

    def __init__(self, problem: Problem, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.problem, self.detail, self.headers, self.more = problem, detail, dict(headers or {}), more

    def response(self) -> Response:
        """Return the error as a response."""
        content = problem_json(self.problem, self.detail, **self.more)
        return Response(content, self.problem.status, self.headers, media_type=MEDIA_TYPE)


def problem_json(problem: Problem, detail: str, **more: Any) -> bytes:
    """Return the JSON of a problem."""
    return msgspec.json.encode(
        {
            "type": f"{DOCUMENTATION}#{problem.code}",
            "title": problem.title,
            "status": problem.status,
            "detail": detail,
            **more,
        }
    )


def problem_of_status(status: int) -> Problem:
    """Return the problem that a status of the framework stands for."""
    for problem in (Problem.NO_SUCH_PAGE, Problem.METHOD_NOT_ALLOWED, Problem.TOO_LARGE):
        if problem.status == status:
            return problem
    return Problem.BAD_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else Problem.INTERNAL_ERROR
