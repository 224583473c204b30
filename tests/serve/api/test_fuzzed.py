"""Requests that schemathesis makes of the document: every answer is one that the document allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stream.explain.errors import NoSuchChangeError
from stream.explain.explanation import Explanation
from stream.serve.api.openapi import openapi_document
from stream.serve.api.router import build_router
from stream.serve.app import build_app
from tests.serve.filled import ERASED, KNOWN, SCRIPT, STRANGE, filled_store, parts

N_EXAMPLES = 6  # of each operation, besides the examples below
EXAMPLES: dict[str, list[Any]] = {
    "user": [KNOWN, ERASED, "nobody", SCRIPT, *STRANGE, "%2e%2e"],
    "segment": ["s-0001", "s-0003", "unknown", "s-9999", SCRIPT],
    "sequence": [1, 5, 99],
    "version": [1, 99],
    "cursor": ["AAAA", "é"],
}  # schemathesis knows the document, and not the data


def explain(user: str, sequence: int | None) -> Explanation:
    raise NoSuchChangeError("the log begins later")


def api_schema(path: Path) -> Any:
    """Return the document with EXAMPLES, and the application over a store that answers it."""
    app = build_app(parts(path, explain, serve_rate=1e9, serve_names=("testserver",)))
    document = openapi_document(build_router(parts(path)).routes)
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in EXAMPLES:
                    parameter.pop("example", None)
                    found = EXAMPLES[parameter["name"]]
                    parameter["examples"] = {str(at): {"value": value} for at, value in enumerate(found)}
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    return schema


LABELS = [found.ok().label for found in api_schema(Path("none.sqlite")).get_all_operations()]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled_store(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("label", LABELS)
def test_an_answer_is_one_that_the_document_allows(store: Path, label: str) -> None:
    operation = api_schema(store).find_operation_by_label(label)
    parameters = {each.name for each in operation.query}
    excluded: list[Any] = (
        [positive_data_acceptance] if parameters & {"cursor", "since_ms"} else []
    )  # rules beyond a schema
    strategies = [*operation.get_strategies_from_examples(), operation.as_strategy()]

    for strategy in strategies:

        @given(case=strategy)
        @settings(
            max_examples=N_EXAMPLES if strategy is strategies[-1] else 1,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answered(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(excluded_checks=excluded)

        answered()
