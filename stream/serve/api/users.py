"""Routes of users: the segment of one or of many, and changes with their reasons."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from stream.serve.api.answers import Answers, listing
from stream.serve.api.asked import LATEST_NUMBER, Limit, UserPart, no_such_user, user_of
from stream.serve.api.bodies import json_body
from stream.serve.api.schemas import Changes, FoundUsers, LatestChanges, Users, reference, responses
from stream.serve.identity import Identity
from stream.serve.problems import Problem, ProblemError
from stream.serve.stores import Stores
from stream.store.queries.live import latest_changes
from stream.store.queries.users import lookup, user_change, user_changes, user_record
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment

Sequence = Annotated[int, Path(ge=0, le=LATEST_NUMBER, description="Number of the user's change.")]
Before = Annotated[int | None, Query(ge=0, le=LATEST_NUMBER, description="Only sequences below.")]
_change = msgspec.json.Decoder(SegmentChange)
_users = msgspec.json.Decoder(Users)


def add_user(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the route of one user."""

    @router.get("/users/{user}", responses=responses(UserSegment, Problem.NO_SUCH_USER))
    async def get_user(request: Request, user: UserPart) -> Response:
        """Return the user's segment, soft membership, traits and predicted labels, as on `user-segments`."""
        user = user_of(user)
        found = user_record(stores.here(), user)
        if found is None:
            raise no_such_user(user)
        return answers.content(request, found)


def add_changes(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the routes of one user's changes."""

    @router.get("/users/{user}/changes", responses=responses(Changes, Problem.NO_SUCH_USER))
    async def get_changes(
        request: Request,
        user: UserPart,
        limit: Limit = 20,
        before: Before = None,
    ) -> Response:
        """Return the user's changes with their reasons, the newest first, as on `segment-changes`."""
        user, store = user_of(user), stores.here()
        found = user_changes(store, user, before, limit)
        if not found and user_record(store, user) is None:
            raise no_such_user(user)
        more = len(found) == limit and _change.decode(found[-1]).sequence
        return answers.content(request, listing(found, more if more and more > 1 else None))

    @router.get("/users/{user}/changes/{sequence}", responses=responses(SegmentChange, Problem.NO_SUCH_CHANGE))
    async def get_change(request: Request, user: UserPart, sequence: Sequence) -> Response:
        """Return one change of the user, as on `segment-changes`."""
        return answers.content(request, change_of(stores, user_of(user), sequence))


def change_of(stores: Stores, user: str, sequence: int) -> bytes:
    """Return one change of the user; raises ProblemError."""
    found = user_change(stores.here(), user, sequence)
    if found is None:
        raise ProblemError(Problem.NO_SUCH_CHANGE, f"user {user!r} has no change {sequence} in the store")
    return found


def add_lookup(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the route of many users."""
    body = {"required": True, "content": {"application/json": {"schema": reference(Users)}}}

    @router.post(
        "/lookup",
        responses=responses(FoundUsers, Problem.TOO_LARGE, Problem.WRONG_CONTENT_TYPE),
        openapi_extra={"requestBody": body},
    )
    async def post_lookup(request: Request) -> Response:
        """Return the segments of up to 1,000 users: `{"users": ["ann", "bob"]}`."""
        users = (await json_body(request, _users, '{"users": ["…"]}')).users
        found = await stores.run(lookup, users)
        known = b",".join(msgspec.json.encode(user) + b":" + record for user, record in found.items())
        unknown = msgspec.json.encode([user for user in dict.fromkeys(users) if user not in found])
        return answers.content(request, b'{"found":{%b},"unknown":%b}' % (known, unknown))


def add_latest(router: APIRouter, stores: Stores, answers: Answers, identity: Identity) -> None:
    """Add the route of all users' changes."""

    @router.get("/changes", responses=responses(LatestChanges))
    async def get_latest(
        request: Request,
        limit: Limit = 20,
        after: Annotated[int, Query(ge=0, le=LATEST_NUMBER, description="Only rows after this `newest_row`.")] = 0,
    ) -> Response:
        """Return the latest changes of all users, the newest first."""
        rows = latest_changes(stores.here(), after, limit)
        changes = [_change.decode(value) for _, value in rows]
        shown = [msgspec.structs.replace(change, user=identity.shown_user(change.user)) for change in changes]
        return answers.value(request, LatestChanges(tuple(shown), rows[0][0] if rows else after))
