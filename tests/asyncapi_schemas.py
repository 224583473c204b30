"""The schemas of docs/asyncapi.yaml, made from `segue schema`: `python -m tests.asyncapi_schemas` writes them there.

They are the definitions that `segue schema` prints, with references into the document. AsyncAPI has its own dialect:
`$schema` and JSON Schema's `discriminator` (a hint; the enum of `type` says the same) have no place in it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from stream.cli.schema import SCHEMAS

DOCUMENT = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"
BEGIN = "  # from here on written by `python -m tests.asyncapi_schemas`, from what `segue schema` prints\n"
REFERENCE = "#/components/schemas/"


class _Dumper(yaml.SafeDumper):
    """Writes equal values out in full."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def definitions() -> dict[str, Any]:
    """Every definition of every topic by name; a name means the same on all topics."""
    found: dict[str, Any] = {}
    for topic, schema in SCHEMAS.items():
        for name, definition in json.loads(json.dumps(schema()))["$defs"].items():
            placed = _placed(definition)
            if found.setdefault(name, placed) != placed:
                raise ValueError(f"{name} means something else on {topic}")
    return found


def values(topic: str) -> set[str]:
    """References to what a value on the topic may be."""
    return set(_references({name: part for name, part in SCHEMAS[topic]().items() if name != "$defs"}))


def written(document: str, schemas: dict[str, Any]) -> str:
    """The document with these schemas at its end."""
    if BEGIN not in document:
        raise ValueError(f"{DOCUMENT.name} has no line {BEGIN.strip()!r}")
    dumped = yaml.dump(
        {"schemas": schemas}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118, default_flow_style=None
    )
    lines = ("  " + line for line in dumped.splitlines(keepends=True))
    return document[: document.index(BEGIN)] + BEGIN + "".join(lines)


def _placed(node: Any) -> Any:
    if isinstance(node, list):
        return [_placed(each) for each in node]
    if not isinstance(node, dict):
        return node
    placed = {}
    for name, value in node.items():
        if name == "$ref":
            placed[name] = value.replace("#/$defs/", REFERENCE)
        elif name != "discriminator":
            placed[name] = _placed(value)
    return placed


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for each in node for found in _references(each)]
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        return [node["$ref"].replace("#/$defs/", REFERENCE)]
    return [found for name, each in node.items() if name != "discriminator" for found in _references(each)]


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), definitions()), encoding="utf-8")
