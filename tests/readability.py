"""Figures of how much a newcomer must read: `python -m tests.readability` prints them as tables.

Before a first change a reader must know the module to edit and its import closure: the modules of `stream` and
`export` that it imports, directly or not. Public names are the top-level classes and functions of the closure without
a leading underscore. The other table has sizes and docstring pronouns by package; `tests.prose` counts the pronouns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from bench.harness.tables import print_table
from tests.prose import docstrings, pronouns_per_100_words

ROOT = Path(__file__).parents[1]
LIBRARIES = ("stream", "export", "apps")
PACKAGES = (
    "stream/core",
    "stream/training",
    "stream/wire",
    "stream/kafka",
    "stream/engines",
    "stream",
    "export",
    "bench",
)

# The changes of CONTRIBUTING's recipes, each with the modules that it edits, then three modules of the data path.
CHANGES: Mapping[str, tuple[str, ...]] = {
    "an explicit feature": ("stream.core.features",),
    "an input field or form": ("stream.wire.calls", "stream.wire.json_events"),
    "an output topic": ("stream.wire.topics", "stream.jobs.segmenter"),
    "a decision rule": ("stream.core.transition", "stream.training.rollout.impact"),
    "an engine": ("stream.runtime.job", "stream.runtime.options"),
    "a clustering algorithm": ("stream.training.cluster.clusterer",),
    "the step": ("stream.core.step",),
    "a decision of a review": ("stream.training.steps.review",),
    "the training": ("stream.training.steps.train",),
}


@dataclass(frozen=True)
class ChangeRow:
    """The closure of the modules that a change edits."""

    change: str
    edits: str
    n_modules: int
    n_public_names: int


@dataclass(frozen=True)
class PackageRow:
    """Sizes in lines, and pronouns per 100 words of docstrings."""

    package: str
    n_files: int
    n_lines: int
    median_file: float
    longest_file: int
    longest_function: int
    n_docstrings: int
    pronouns_per_100_words: float


def modules(root: Path) -> dict[str, Path]:
    """Return the modules of the libraries under `root`, by dotted name."""
    paths = (path for library in LIBRARIES for path in sorted((root / library).rglob("*.py")))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imports(path: Path, known: Mapping[str, Path]) -> set[str]:
    """Return the known modules that a module imports directly."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in known else node.module for name in inner} & known.keys()
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known.keys()
    return found


def closure(names: tuple[str, ...], known: Mapping[str, Path]) -> set[str]:
    """Return the modules `names` and all that they import. Raises KeyError for an unknown name."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports(known[name], known)
    return found


def public_names(path: Path) -> list[str]:
    """Return the top-level classes and functions without a leading underscore."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [n.name for n in _tree(path).body if isinstance(n, kinds) and not n.name.startswith("_")]


def change_rows(root: Path = ROOT) -> Iterator[ChangeRow]:
    """Yield one row for each change."""
    known = modules(root)
    for change, edits in CHANGES.items():
        found = closure(edits, known)
        names = sum(len(public_names(known[name])) for name in found)
        yield ChangeRow(change, ", ".join(edits), len(found), names)


def package_rows(root: Path = ROOT) -> Iterator[PackageRow]:
    """Yield one row for each package."""
    for package in PACKAGES:
        paths = sorted((root / package).rglob("*.py"))
        lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
        texts = [text for path in paths for _, _, text in docstrings(path.read_text(encoding="utf-8"))]
        longest = max(length for path in paths for length in _function_lengths(path))
        pronouns = pronouns_per_100_words(iter(texts))
        yield PackageRow(package, len(paths), sum(lines), median(lines), max(lines), longest, len(texts), pronouns)


def _function_lengths(path: Path) -> Iterator[int]:
    yield 0
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    print_table("Before a first change", list(change_rows()), "Import closures of the modules to edit.")
    print_table("Packages", list(package_rows()), "Lines with docstrings; pronouns with relatives.")
