"""The guard: host, preflight, rate, token, size and path of every request, and headers of every answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.serve.guard.bodies import LimitedBody, check_length
from stream.serve.guard.buckets import Buckets
from stream.serve.guard.hosts import Hosts
from stream.serve.guard.origins import Header, Origins
from stream.serve.guard.paths import PathError, routed_path
from stream.serve.guard.policy import SECURITY_HEADERS
from stream.serve.guard.tokens import Tokens
from stream.serve.problems import Problem, ProblemError
from stream.settings import ServeSettings

OPEN_PATHS = frozenset({"/healthz"})  # without a token: no user's data
_CHALLENGE = {"www-authenticate": 'Bearer realm="segue", Basic realm="segue", charset="UTF-8"'}


Answer = Callable[[Scope, ProblemError], Response]


def problem_answer(_: Scope, error: ProblemError) -> Response:
    """Return the problem, as programs read it."""
    return error.response()


class Guard:
    """An ASGI application around another one. `clock_s` is monotonic, `answer` makes a response of a refusal.

    A request with HEAD runs as GET, and its body is dropped, so that every address that can be read has both.
    """

    def __init__(
        self, app: ASGIApp, settings: ServeSettings, clock_s: Callable[[], float], answer: Answer = problem_answer
    ) -> None:
        self._app, self._clock_s, self._answer = app, clock_s, answer
        self._hosts, self._tokens = Hosts(settings), Tokens(settings.serve_tokens)
        self._origins, self._buckets = Origins(settings.serve_origins), Buckets(settings.serve_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._origins.is_preflight(scope["method"], headers):
            await _preflight([*self._origins.preflight_headers(headers), *SECURITY_HEADERS], send)
            return
        answering = _Answer(send, [*SECURITY_HEADERS, *self._origins.headers(headers)], scope["method"] == "HEAD")
        try:
            path = self._check(scope, headers)
        except ProblemError as error:
            await self._answer(scope, error)(scope, receive, answering)
            return
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._app({**scope, "path": path, "method": method}, LimitedBody(receive), answering)

    def _check(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Return the path to compare with routes; raises ProblemError."""
        if not self._hosts.allows(headers.get(b"host")):
            raise ProblemError(
                Problem.WRONG_HOST,
                f"this server is {' or '.join(sorted(self._hosts.names))}; SEGUE_SERVE_NAMES allows other names",
            )
        number = self._tokens.number(headers.get(b"authorization"))
        address = (scope.get("client") or ("",))[0]
        self._check_rate(address if number is None else number)
        if number is None and self._tokens.needed and scope["path"] not in OPEN_PATHS:
            raise ProblemError(Problem.UNAUTHORIZED, _why_unauthorized(headers), _CHALLENGE)
        check_length(headers.get(b"content-length"))
        try:
            return routed_path(scope.get("raw_path") or scope["path"].encode())
        except PathError as error:
            raise ProblemError(Problem.BAD_REQUEST, str(error)) from error

    def _check_rate(self, client: Hashable) -> None:
        wait_s = self._buckets.wait_s(client, self._clock_s())
        if wait_s:
            after = {"retry-after": str(math.ceil(wait_s))}
            raise ProblemError(
                Problem.TOO_MANY_REQUESTS, f"wait {math.ceil(wait_s)} s; SEGUE_SERVE_RATE is the limit", after
            )


class _Answer:
    """A `send` that adds headers; for HEAD it drops the body and leaves its length."""

    def __init__(self, send: Send, headers: list[Header], without_body: bool) -> None:
        self._send, self._headers, self._without_body = send, headers, without_body

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *self._headers]
        elif self._without_body and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)


async def _preflight(headers: list[Header], send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _why_unauthorized(headers: Mapping[bytes, bytes]) -> str:
    if b"authorization" in headers:
        return "the token is none of SEGUE_SERVE_TOKENS"
    return "send a token of SEGUE_SERVE_TOKENS as `Authorization: Bearer TOKEN`, or as the password of a browser"
