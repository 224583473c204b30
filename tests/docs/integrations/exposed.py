"""The series that Segue exposes, and those that a PromQL expression names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import promql_parser

from tests.metrics_table import serve_families, sink_families, worker_families

INTEGRATIONS = Path(__file__).parents[3] / "docs" / "integrations"

_OF_SCRAPES = {"instance", "job"}  # Prometheus adds these labels to every series
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}
_INTERVAL = "$__rate_interval"  # Grafana replaces it by a duration


class Named(NamedTuple):
    """The series of an expression, and the labels by which it selects and groups."""

    series: set[str]
    labels: set[str]


def exposed() -> dict[str, set[str]]:
    """Every series of a worker, of `segue serve` and of a sink, with its labels."""
    found: dict[str, set[str]] = {}
    for family in (*worker_families(), *serve_families(), *sink_families()):
        for suffix in _SUFFIXES.get(family.type, ("",)):
            buckets = {"le"} if suffix == "_bucket" else set[str]()
            found[family.name + suffix] = {*family.labels, *_OF_SCRAPES, *buckets}
    return found


def named(expression: str) -> Named:
    """Parse an expression. Raises ValueError for one that is not PromQL."""
    series, labels = set[str](), set[str]()
    for node in _nodes(promql_parser.parse(expression.replace(_INTERVAL, "5m"))):
        if isinstance(node, promql_parser.VectorSelector):
            series |= {node.name} if node.name else set()
            labels |= {matcher.name for matcher in node.matchers.matchers}
        modifier = getattr(node, "modifier", None)
        for grouping in (modifier, getattr(modifier, "matching", None)):
            labels |= set(getattr(grouping, "labels", None) or ())
    return Named(series, labels)


def faults(expression: str) -> list[str]:
    """Return what an expression names that nothing exposes."""
    known, found = exposed(), named(expression)
    strange = [f"no metric {name}" for name in sorted(found.series - known.keys())]
    allowed = set().union(*(known.get(name, set()) for name in found.series))
    return strange + [f"no label {label}" for label in sorted(found.labels - allowed)]


def _nodes(node: object) -> Iterator[object]:
    yield node
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (child := getattr(node, name, None)) is not None:
            yield from _nodes(child)
    for child in getattr(node, "args", None) or ():
        yield from _nodes(child)
