"""Routes of explanations: a change recomputed from the log, and what would change it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stream.explain.explanation import Explanation
from stream.serve.api.answers import Answers
from stream.serve.api.asked import UserPart, user_of
from stream.serve.api.explaining import Explaining
from stream.serve.api.schemas import responses
from stream.serve.api.users import Sequence, change_of
from stream.serve.problems import Problem
from stream.serve.stores import Stores

_PROBLEMS = (Problem.NO_SUCH_CHANGE, Problem.CANNOT_EXPLAIN)


def add_explanations(router: APIRouter, stores: Stores, answers: Answers, explaining: Explaining) -> None:
    """Add the routes of explanations."""

    @router.get("/users/{user}/changes/{sequence}/explanation", responses=responses(Explanation, *_PROBLEMS))
    async def get_explanation(request: Request, user: UserPart, sequence: Sequence) -> Response:
        """Return the change recomputed from the log: window, profile, distances, and what would change it."""
        user = user_of(user)
        change_of(stores, user, sequence)  # a change that is not in the store is not worth a search in the log
        return answers.content(request, await explaining.explain(user, sequence))

    @router.get("/users/{user}/explanation", responses=responses(Explanation, Problem.NO_SUCH_USER))
    async def get_present(request: Request, user: UserPart) -> Response:
        """Return the explanation of the user's newest change, with the user's present state."""
        return answers.content(request, await explaining.explain(user_of(user), None))
