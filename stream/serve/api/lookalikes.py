"""The route of look-alikes: the users most like a seed audience, among the profiles that the store has."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from stream.lookalike.pool import PoolBuilder
from stream.lookalike.search import LookAlikeError, LookAlikes, look_alike
from stream.serve.api.answers import Answers
from stream.serve.api.audiences import LookAlikeShown, LookAlikesShown, SeedAudience
from stream.serve.api.bodies import json_body
from stream.serve.api.schemas import reference, responses
from stream.serve.identity import Identity
from stream.serve.problems import Problem, ProblemError
from stream.serve.stores import Stores
from stream.store.queries.profiles import profile_values
from stream.store.store import Store
from stream.wire.profiles import read_profile

N_WAITING_MAX = 2  # with the one that is answered: each takes seconds of a core
_RETRY_S = 5
_EXAMPLE = '{"seeds": ["…"], "n": 100}'
_audience = msgspec.json.Decoder(SeedAudience)


def add_lookalikes(router: APIRouter, stores: Stores, answers: Answers, identity: Identity) -> None:
    """Add the route of look-alikes."""
    body = {"required": True, "content": {"application/json": {"schema": reference(SeedAudience)}}}
    n_waiting = 0

    @router.post(
        "/lookalike",
        responses=responses(
            LookAlikesShown, Problem.NO_PROFILES, Problem.TOO_LARGE, Problem.WRONG_CONTENT_TYPE, Problem.BUSY
        ),
        openapi_extra={"requestBody": body},
    )
    async def post_lookalike(request: Request) -> Response:
        """Return the users most like a seed audience: `{"seeds": ["ann", "bob"], "n": 100}`."""
        nonlocal n_waiting
        asked = await json_body(request, _audience, _EXAMPLE)
        if n_waiting >= N_WAITING_MAX:
            after = {"retry-after": str(_RETRY_S)}
            raise ProblemError(Problem.BUSY, f"{N_WAITING_MAX} searches wait; ask again in {_RETRY_S} s", after)
        n_waiting += 1
        try:
            found = await stores.run(search, asked)
        finally:
            n_waiting -= 1
        return answers.value(request, _shown(found, identity))


def search(store: Store, asked: SeedAudience) -> LookAlikes:
    """Return the users like the seeds; raises ProblemError without a profile to compare with."""
    builder = PoolBuilder()
    for value in profile_values(store):
        builder.put(read_profile(value))
    try:
        return look_alike(builder.pool(), asked.seeds, asked.n)
    except LookAlikeError as error:
        raise ProblemError(Problem.NO_PROFILES, str(error)) from error


def _shown(found: LookAlikes, identity: Identity) -> LookAlikesShown:
    items = tuple(
        LookAlikeShown(identity.shown_user(each.user), each.score, each.segment, each.time_ms) for each in found.users
    )
    return LookAlikesShown(items, found.unknown, found.n_seeds, found.n_profiles)
