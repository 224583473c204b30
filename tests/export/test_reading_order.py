"""Every package of `export` names its modules in its docstring, in an order in which imports go one way."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "export"
PACKAGES = [path.parent for path in sorted(ROOT.rglob("__init__.py"))]


def named(package: Path) -> list[str]:
    """The modules that a package's docstring names, in its order."""
    docstring = (package / "__init__.py").read_text(encoding="utf-8")
    return re.findall(r"^    (\w+) {2,}", docstring, re.M)


def rooms_imported(source: str) -> set[str]:
    """The rooms of `export` that a module imports, anywhere in it."""
    tree = ast.parse(source)
    origins = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {origin.split(".")[1] for origin in origins if origin.startswith("export.")}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_module_is_named_once(package: Path) -> None:
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in package.glob("*/__init__.py")}

    assert sorted(named(package)) == sorted(modules | packages)


def test_a_room_imports_only_rooms_named_before_it() -> None:
    order = named(ROOT)
    for room in order:
        files = [ROOT / f"{room}.py"] if (ROOT / f"{room}.py").is_file() else sorted((ROOT / room).glob("*.py"))
        for file in files:
            for other in rooms_imported(file.read_text(encoding="utf-8")) - {room}:
                assert order.index(other) < order.index(room), f"{file} imports {other}"


def test_an_import_of_a_room_is_found() -> None:
    assert rooms_imported("def f():\n    from export.graph.fp16 import to_fp16") == {"graph"}
