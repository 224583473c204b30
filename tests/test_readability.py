"""The figures of `tests.readability`, on a tree small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readability import CHANGES, closure, imports, modules, package_rows, public_names


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two packages: `stream.top` imports `stream.core.one`, which imports `stream.core.two` and numpy."""
    sources = {
        "stream/__init__.py": "",
        "stream/top.py": "from stream.core import one\n\ndef run(): ...\n\ndef _hidden(): ...\n",
        "stream/core/__init__.py": "",
        "stream/core/one.py": "import numpy\nfrom stream.core.two import B\n\nclass A: ...\n",
        "stream/core/two.py": "class B:\n    def method(self): ...\n\nasync def wait(): ...\n",
        "stream/alone.py": "def unused(): ...\n",
        "export/__init__.py": "",
    }
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


def test_a_closure_is_the_module_with_all_that_it_imports(tree: Path) -> None:
    known = modules(tree)
    assert closure(("stream.top",), known) == {"stream.top", "stream.core.one", "stream.core.two"}
    assert closure(("stream.core.two",), known) == {"stream.core.two"}
    assert closure(("stream.core.two", "stream.alone"), known) == {"stream.core.two", "stream.alone"}


def test_public_names_are_top_level_and_without_an_underscore(tree: Path) -> None:
    known = modules(tree)
    assert public_names(known["stream.top"]) == ["run"]
    assert public_names(known["stream.core.two"]) == ["B", "wait"]


def test_a_name_from_a_package_is_its_module_or_else_the_package(tree: Path) -> None:
    known = modules(tree)
    assert imports(known["stream.top"], known) == {"stream.core.one"}
    path = tree / "stream" / "other.py"
    path.write_text("from stream.core import CONSTANT\n")
    assert imports(path, known) == {"stream.core"}


def test_every_change_edits_modules_that_exist() -> None:
    assert {edit for edits in CHANGES.values() for edit in edits} <= modules(Path(__file__).parents[1]).keys()


def test_every_package_is_measured() -> None:
    rows = {row.package: row for row in package_rows()}
    assert rows["stream"].n_files > rows["stream/core"].n_files > 1
    assert all(row.longest_file >= row.longest_function > 1 for row in rows.values())
