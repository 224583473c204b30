"""The docstrings that give the reading order name every module and package, and nothing that is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "stream"
PACKAGES = sorted(path.parent for path in ROOT.rglob("__init__.py"))


def names_in(package: Path) -> set[str]:
    """Return the names in a package's docstring: in backquotes, each part of a path, or first in an indented line."""
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    quoted, indented = re.findall(r"`([a-z_][a-z0-9_.]*)`", text), re.findall(r"^    ([a-z_]+)  ", text, re.MULTILINE)
    return {part for name in (*quoted, *indented) for part in name.split(".")}


def members_of(package: Path) -> set[str]:
    """Return the modules and packages directly in a package."""
    modules = {path.stem for path in package.glob("*.py")}
    return (modules | {path.parent.name for path in package.glob("*/__init__.py")}) - {"__init__"}


def name_of(package: Path) -> str:
    return ".".join(package.relative_to(ROOT.parent).parts)


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_packages_docstring_names_all_its_modules(package: Path) -> None:
    assert members_of(package) - names_in(package) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_list_of_modules_names_only_modules_that_exist(package: Path) -> None:
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    listed = {
        name
        for line in text.splitlines()
        if (found := re.match(r"\* ((?:`[a-z_]+`(?:, )?)+):", line))
        for name in re.findall(r"`([a-z_]+)`", found[1])
    }
    assert listed - members_of(package) == set()


def test_the_packages_are_found() -> None:
    assert {"stream", "stream.core", "stream.training.steps"} <= {name_of(package) for package in PACKAGES}
