"""Docstrings: the reading order names every module and package, and no docstring names anything that is gone."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "stream"
SOURCES = sorted(path for package in ("stream", "export", "apps") for path in (ROOT.parent / package).rglob("*.py"))
PACKAGES = sorted(path.parent for room in (ROOT, ROOT.parent / "apps") for path in room.rglob("__init__.py"))


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


def dotted_names(source: str) -> set[str]:
    """Return the dotted names below `stream` in the docstrings of a module, but no names of files."""
    texts = [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {name for text in texts for name in re.findall(r"(?<![\w./])stream(?:\.[A-Za-z_]\w*)+", text)}


def exists(name: str) -> bool:
    """Return True if the name is a module, or is found in the longest prefix that is one."""
    first, *rest = name.split(".")
    found = importlib.import_module(first)
    for at, part in enumerate(rest, 1):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join((first, *rest[:at])))
            except ModuleNotFoundError:
                return False
        found = getattr(found, part)
    return True


def test_every_dotted_name_in_a_docstring_exists() -> None:
    names = {name: path for path in SOURCES for name in dotted_names(path.read_text(encoding="utf-8"))}
    assert len(names) > 3
    assert {name: path for name, path in names.items() if not exists(name)} == {}


def test_a_name_that_is_gone_is_found_out() -> None:
    assert dotted_names('"""See `stream.core.gone`."""') == {"stream.core.gone"}
    assert not exists("stream.core.gone")
    assert not exists("stream.core.step.gone")
    assert exists("stream.core.step.step")
