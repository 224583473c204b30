"""The document of the API: OpenAPI 3.1, from the routes and from the structs of the topics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from stream.serve.api.audiences import AUDIENCES
from stream.serve.api.schemas import ANSWERS, ProblemDocument, reference
from stream.serve.problems import MEDIA_TYPE, Problem
from stream.wire.segment_models import SegmentModelRecord

_TITLE = "Segue"
_ABOUT = (
    "Segments of users, and why each user changed segment. Times are integer milliseconds since 1970 UTC. Every answer "
    "says in `Segue-State`, `Segue-Age-Ms` and `Segue-Lag` how far it is behind the topics, and has an `ETag`. "
    "Fields of values that are on topics are described in docs/contract.md."
)
_COMMON = (
    Problem.BAD_REQUEST,
    Problem.UNAUTHORIZED,
    Problem.METHOD_NOT_ALLOWED,
    Problem.WRONG_HOST,
    Problem.TOO_MANY_REQUESTS,
    Problem.INTERNAL_ERROR,
    Problem.NO_STORE,
)
_HEADERS = {
    "ETag": "Tag of the content, for If-None-Match.",
    "Segue-State": "State of the reading of topics: live, catching_up, reconnecting, no_topics or file.",
    "Segue-Age-Ms": "Wall time since the store last had everything, ms.",
    "Segue-Lag": "Records on the topics that the store does not have yet.",
    "Segue-Revision": "Number of the store's transactions so far.",
}
_EXAMPLES = {"user": "ann", "segment": "s-0001", "sequence": 1, "version": 1}


def openapi_document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the document of these routes."""
    document = get_openapi(title=_TITLE, version="1", description=_ABOUT, routes=routes)
    _, components = msgspec.json.schema_components(
        (*ANSWERS, *AUDIENCES, SegmentModelRecord), ref_template="#/components/schemas/{name}"
    )
    document["components"] = {
        "schemas": components,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    document["security"] = [{"token": []}, {}]  # none is needed where the server listens on loopback without tokens
    for method, operation in operations(document):
        _complete(operation, method)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield method and operation of every path."""
    for path in document["paths"].values():
        yield from path.items()


def _complete(operation: dict[str, Any], method: str) -> None:
    """Add what every operation has: staleness and tag of an answer, and the common problems."""
    operation["summary"] = operation["description"].splitlines()[0]
    del operation["description"]
    found = operation["responses"]
    found.pop("422", None)  # FastAPI's own status for a malformed request
    found["200"]["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
    }
    found["304"] = {"description": "The client's copy is still right."}
    for problem in _COMMON:
        found.setdefault(str(problem.status), {"description": problem.title})
    for status, answer in found.items():
        if status >= "400":
            answer["content"] = {MEDIA_TYPE: {"schema": reference(ProblemDocument)}}
    operation["responses"] = dict(sorted(found.items()))
    for parameter in operation.get("parameters", ()):
        if (example := _EXAMPLES.get(parameter["name"])) is not None:
            parameter["example"] = example
