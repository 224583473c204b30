"""The kernel is compiled by what the machine has, and its library has a digest of its sources in its name."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

import pytest

from stream.core.kernel.build import FOLDER, CompileError, build, find_compiler, library_path, run, zig

ADDS = 'int add(int a, int b); __attribute__((visibility("default"))) int add(int a, int b) { return a + b; }\n'


needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder of C files with one function."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "add.c").write_text(ADDS)
    return folder


@pytest.mark.parametrize(
    ("named", "working", "chosen"),
    [
        ("icx -v", {"icx", "cc", "gcc", "clang"}, ("icx", "-v")),
        ("icx", {"cc", "gcc", "clang"}, ("cc",)),
        ("", {"gcc", "clang"}, ("gcc",)),
        ("", {"clang"}, ("clang",)),
        ("icx", set(), None),
    ],
)
def test_the_first_compiler_that_works_is_taken(named: str, working: set[str], chosen: tuple[str, ...] | None) -> None:
    assert find_compiler({"CC": named}, lambda command: command[0] in working) == chosen


def test_a_compiler_that_is_not_there_or_fails_does_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "gcc").symlink_to(shutil.which("false", path="/bin:/usr/bin") or "")
    assert find_compiler({"CC": "nowhere"}) is None


def test_zig_compiles_for_a_machine_with_an_old_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert zig("aarch64")[1:] == ("-m", "ziglang", "cc", "-target", "aarch64-linux-gnu.2.17", "-s")


@needs_compiler
def test_the_library_is_loaded_and_computes(sources: Path, tmp_path: Path) -> None:
    library = build(tmp_path, sources=sources)
    assert ctypes.CDLL(str(library)).add(40, 2) == 42
    assert list(tmp_path.glob(".kernel-*")) == []


@needs_compiler
def test_the_same_sources_are_compiled_once(sources: Path, tmp_path: Path) -> None:
    library = build(tmp_path, sources=sources)
    made = library.stat()
    assert build(tmp_path, sources=sources).stat() == made


@needs_compiler
@pytest.mark.parametrize("change", ["other content", "another file", "another name", "a header"])
def test_other_sources_make_another_library_and_remove_the_former(change: str, sources: Path, tmp_path: Path) -> None:
    former = build(tmp_path, sources=sources)
    match change:
        case "other content":
            (sources / "add.c").write_text(f"{ADDS}\n")
        case "another file":
            (sources / "more.c").write_text("")
        case "another name":
            (sources / "add.c").rename(sources / "plus.c")
        case _:
            (sources / "add.h").write_text("")
    library = build(tmp_path, sources=sources)
    assert library != former
    assert list(tmp_path.glob("_kernel-*.so")) == [library]


def test_a_library_of_another_machine_has_another_name(tmp_path: Path) -> None:
    assert library_path(tmp_path, "x86_64") != library_path(tmp_path, "aarch64")


@needs_compiler
def test_a_mistake_in_c_is_an_error_with_the_words_of_the_compiler(sources: Path, tmp_path: Path) -> None:
    (sources / "add.c").write_text("int add(")
    with pytest.raises(CompileError, match=r"-ffp-contract=off(.|\n)*error:"):
        build(tmp_path, sources=sources)
    assert list(tmp_path.glob("*kernel-*")) == []


@needs_compiler
def test_the_kernel_compiles_without_a_warning(tmp_path: Path) -> None:
    assert build(tmp_path, extra_flags=("-O1", "-Werror")).exists()


@needs_compiler
def test_a_warning_is_found(sources: Path, tmp_path: Path) -> None:
    (sources / "add.c").write_text("static int unused;\n")
    with pytest.raises(CompileError, match="unused"):
        build(tmp_path, extra_flags=("-Werror",), sources=sources)


def test_a_compiler_finds_its_caches_without_a_home(tmp_path: Path) -> None:
    shell = shutil.which("sh", path=os.defpath) or ""
    run((shell, "-c", 'test "$ZIG_GLOBAL_CACHE_DIR" && test "$ZIG_LOCAL_CACHE_DIR"'), tmp_path)


def test_the_kernel_has_no_python_header() -> None:
    sources = [*FOLDER.glob("*.c"), *FOLDER.glob("*.h")]
    assert sources
    assert [path.name for path in sources if "Python.h" in path.read_text()] == []
