"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDS = {"export": "torch", "bench": "torch"}  # extras of a whole package


def with_examples() -> list[str]:
    """Return the dotted names of all modules with an example."""
    paths = (
        path for package in ("stream", "export", "apps", "bench") for path in sorted((ROOT / package).rglob("*.py"))
    )
    found = (path for path in paths if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in found]


def test_examples_are_found() -> None:
    assert {"stream.api", "export.graph.quantize_int8"} <= set(with_examples())


@pytest.mark.parametrize("name", with_examples())
def test_the_examples_of_a_module_are_true(name: str) -> None:
    extra = NEEDS.get(name.split(".")[0])
    if extra and not find_spec(extra):
        pytest.skip(f"needs {extra}")
    ran = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert ran.attempted > 0
    assert ran.failed == 0
