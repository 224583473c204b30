"""Errors as answers: a page for a browser, a problem for a program."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Scope

from stream.serve.pages.errors import error_of_status
from stream.serve.pages.renderer import Renderer
from stream.serve.parts import Parts
from stream.serve.problems import ProblemError

_FOR_PROGRAMS = ("/api/", "/live", "/static/", "/metrics", "/healthz")


class Answers:
    """Answers to requests that fail, before or within the application."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = Renderer(parts)

    def __call__(self, scope: Scope, error: ProblemError) -> Response:
        """Return the error as a page if the client asks for HTML at an address of a page, else as a problem."""
        if not wants_page(scope):
            return error.response()
        page = error_of_status(error.problem.status, error.detail[:1].upper() + error.detail[1:])
        answer = self._renderer.error(page)
        answer.headers.update(error.headers)
        return answer


def wants_page(scope: Scope) -> bool:
    """Return True for a browser that opens a page."""
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in accepted and not scope["path"].startswith(_FOR_PROGRAMS)
