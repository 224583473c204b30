"""The examples in docstrings run as they are shown."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def documented() -> list[str]:
    """Return the modules of `stream` and `export` whose docstrings have examples."""
    paths = [path for folder in ("stream", "export") for path in (ROOT / folder).rglob("*.py")]
    found = [path for path in paths if ">>> " in path.read_text(encoding="utf-8")]
    return sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found)


@pytest.mark.parametrize("module", documented())
def test_the_examples_of_a_module_run_as_shown(module: str) -> None:
    result = doctest.testmod(import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0


def test_modules_with_examples_are_found() -> None:
    assert "stream.core.setting" in documented()
