"""Bodies no longer than a limit, whether they say their length or come in chunks."""

from __future__ import annotations

from starlette.types import Message, Receive

from stream.serve.problems import Problem, ProblemError

MAX_BYTES = 1_048_576
_CLOSE = {"connection": "close"}  # the rest of the body is not read


def check_length(content_length: bytes | None) -> None:
    """Raise ProblemError for a body that says to be longer than the limit, or has no readable length."""
    if content_length is None:
        return
    if not content_length.isdigit() or int(content_length) > MAX_BYTES:
        raise too_large()


def too_large() -> ProblemError:
    """Return the error of a body beyond the limit."""
    return ProblemError(Problem.TOO_LARGE, f"a body has at most {MAX_BYTES:,} bytes; ask in several requests", _CLOSE)


class LimitedBody:
    """A `receive` that raises ProblemError once a body in chunks is longer than the limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._n_bytes = receive, 0

    async def __call__(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > MAX_BYTES:
            raise too_large()
        return message
