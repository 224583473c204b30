"""Users, segments and periods that a request asks for. Malformed requests raise ProblemError."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from stream.serve.guard.paths import part_of_path
from stream.serve.problems import Problem, ProblemError
from stream.wire.users import USER_CHARS_MAX

N_ITEMS_MAX = 1_000
LATEST_MS = 4_102_444_800_000  # 2100, where Segue's times end
LATEST_NUMBER = (1 << 63) - 1  # the largest integer of a row

UserPart = Annotated[
    str,
    Path(
        description="A user id, percent-encoded.",
        json_schema_extra={"minLength": 1, "maxLength": USER_CHARS_MAX},  # of the decoded one
    ),
]
Limit = Annotated[int, Query(ge=1, le=N_ITEMS_MAX, description="Most items of the answer.")]
Since = Annotated[int | None, Query(ge=0, le=LATEST_MS, description="Begin of the period, ms since 1970 UTC.")]
Until = Annotated[
    int | None,
    Query(ge=0, le=LATEST_MS, description="End of the period, ms since 1970 UTC. Default: the newest decision."),
]


def user_of(part: str) -> str:
    """Return the user that a part of the path names; raises ProblemError for a longer id than any user has."""
    user = part_of_path(part)
    if len(user) > USER_CHARS_MAX:
        detail = f"a user id has at most {USER_CHARS_MAX} characters, got {len(user):,}"
        raise ProblemError(Problem.BAD_REQUEST, detail)
    return user


def period(since_ms: int | None, until_ms: int | None, newest_ms: int, default_ms: int) -> tuple[int, int]:
    """Return begin and end of the period, by default the last `default_ms` of the stream's clock."""
    until = newest_ms if until_ms is None else until_ms
    since = max(0, until - default_ms) if since_ms is None else since_ms
    if since > until:
        raise ProblemError(Problem.BAD_REQUEST, f"since_ms {since} is after until_ms {until}")
    return since, until


def no_such_user(user: str) -> ProblemError:
    """Return the error for a user without a record."""
    return ProblemError(Problem.NO_SUCH_USER, f"user {user!r} has no record on user-segments: not seen yet, or erased")


def no_such_segment(segment: str) -> ProblemError:
    """Return the error for a segment without a record."""
    return ProblemError(
        Problem.NO_SUCH_SEGMENT, f"segment {segment!r} is not in the catalogue; /api/v1/segments lists it"
    )
