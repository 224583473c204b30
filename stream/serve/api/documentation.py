"""The document of the API as a page, made on the server: nothing of it comes from another host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stream.serve.problems import Problem
from stream.web.environment import environment


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the page shows it: parameters as name, place, default and meaning, answers as status and text."""

    method: str
    path: str
    summary: str
    parameters: tuple[tuple[str, str, str, str], ...]
    answers: tuple[tuple[str, str, str], ...]


def documentation(document: dict[str, Any], server: str) -> str:
    """Return the page. `server` is the address that examples ask."""
    template = environment().get_template("api.html")
    found = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    about = document["info"]["description"]
    return template.render(
        about=about, operations=found, problems=list(Problem), server=server, schemas=_schemas(document)
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> Operation:
    parameters = tuple(
        (each["name"], each["in"], str(each["schema"].get("default", "")), each.get("description", ""))
        for each in operation.get("parameters", ())
    )
    answers = tuple(
        (status, answer["description"], _struct(answer)) for status, answer in operation["responses"].items()
    )
    return Operation(method.upper(), path, operation["summary"], parameters, answers)


def _struct(answer: dict[str, Any]) -> str:
    """Return the name of the struct that an answer holds; empty without one."""
    for content in answer.get("content", {}).values():
        return str(content["schema"].get("$ref", "")).rpartition("/")[2]
    return ""


def _schemas(document: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return name, meaning and fields of every struct."""
    return [
        (name, each.get("description", ""), [(field, _type(of)) for field, of in each.get("properties", {}).items()])
        for name, each in sorted(document["components"]["schemas"].items())
    ]


def _type(schema: dict[str, Any]) -> str:
    """Return a type in short: `string`, `list of Flow`, `integer or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {})}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"object of {_type(values)}" if isinstance(values, dict) else "object"
    return str(schema.get("type", "any"))
