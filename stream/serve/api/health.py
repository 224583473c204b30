"""Routes of health: of the segments, and of the store that answers."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from stream.serve.api.answers import Answers, listing
from stream.serve.api.asked import Limit
from stream.serve.api.schemas import FreshnessAnswer, HealthAnswer, HealthHistory, responses
from stream.serve.parts import Parts
from stream.serve.stores import Stores
from stream.store.queries.health import health, health_history, warnings
from stream.store.store import newest_ms, revision

_N_WARNINGS = 20


def add_health(router: APIRouter, stores: Stores, answers: Answers, parts: Parts) -> None:
    """Add the routes of health and freshness."""

    @router.get("/health", responses=responses(HealthAnswer))
    async def get_health(request: Request) -> Response:
        """Return the health of the segments at the newest review, and the newest warnings."""
        store = stores.here()
        found = b",".join(warnings(store, _N_WARNINGS))
        return answers.content(request, b'{"health":%b,"warnings":[%b]}' % (health(store) or b"null", found))

    @router.get("/health/history", responses=responses(HealthHistory))
    async def get_history(request: Request, limit: Limit = 100) -> Response:
        """Return the health of the segments at reviews, the newest first."""
        return answers.content(request, listing(health_history(stores.here(), limit)))

    @router.get("/freshness", responses=responses(FreshnessAnswer))
    async def get_freshness(request: Request) -> Response:
        """Return how far the figures are behind the topics, with a sentence that says why."""
        return answers.value(request, freshness(parts, stores))


def freshness(parts: Parts, stores: Stores) -> FreshnessAnswer:
    """Return how far the store is behind."""
    found = parts.freshness()
    return FreshnessAnswer(
        state=found.state,
        lag=found.lag,
        behind_ms=found.behind_ms,
        since_ms=found.since_ms,
        revision=revision(stores.here()),
        reason=found.reason,
        newest_ms=newest_ms(stores.here()),
    )


def add_readiness(router: APIRouter, stores: Stores, parts: Parts) -> None:
    """Add `/healthz` for supervisors: 200 while the store can be read, with its state; no token is needed."""

    @router.get("/healthz", include_in_schema=False)
    async def get_readiness() -> Response:
        """Return the state of the store."""
        stores.here()
        found = parts.freshness()
        body = {"status": "ok", "state": found.state, "lag": found.lag, "behind_ms": found.behind_ms}
        return Response(msgspec.json.encode(body), headers={"cache-control": "no-store"}, media_type="application/json")
