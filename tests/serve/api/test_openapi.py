"""The document describes every route, in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from stream.serve.api.openapi import openapi_document, operations
from stream.serve.api.router import PREFIX, build_router
from tests.serve.filled import parts

DOCUMENT = openapi_document(build_router(parts(Path("none.sqlite"))).routes)


def references(node: Any) -> set[str]:
    """Return the references in a document."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_reference_leads_to_a_schema() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(json.loads(json.dumps(DOCUMENT))) <= known


def test_every_schema_is_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_says_what_it_answers_and_which_problems_it_has() -> None:
    found = list(operations(DOCUMENT))
    assert len(found) > 20
    for _, operation in found:
        assert operation["summary"].endswith((".", "`."))
        assert {"200", "304", "400", "401", "405", "421", "429", "500", "503"} <= set(operation["responses"])
        assert "422" not in operation["responses"]
        assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert {"ETag", "Segue-State", "Segue-Age-Ms", "Segue-Lag"} <= set(operation["responses"]["200"]["headers"])


def test_every_address_is_of_this_version() -> None:
    assert all(path.startswith(f"{PREFIX}/") for path in DOCUMENT["paths"])
