"""The loader takes the library of exactly these C files, and says what to run where it is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stream.core.kernel.build import FOLDER, build, library_path
from stream.core.kernel.library import KernelMissingError, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the library of this checkout and nothing else."""
    shutil.copy(build(), tmp_path)
    return tmp_path


def test_a_library_of_these_sources_is_loaded(folder: Path) -> None:
    assert Path(load(folder)._name) == library_path(folder)


def test_the_folder_of_the_sources_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGUE_KERNEL_FOLDER", raising=False)
    build()
    assert Path(load()._name) == library_path(FOLDER)


def test_a_missing_library_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(KernelMissingError, match=r"is missing: .*make setup.*python -m stream\.core\.kernel\.build"):
        load(tmp_path)


def test_a_library_of_other_sources_is_not_loaded_but_named(folder: Path) -> None:
    library_path(folder).rename(folder / "_kernel-x86_64-0000000000000000.so")
    with pytest.raises(KernelMissingError, match=r"of other sources or machines: _kernel-x86_64-0000000000000000\.so"):
        load(folder)


def test_a_damaged_library_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    library_path(tmp_path).write_bytes(b"no library")
    with pytest.raises(KernelMissingError, match=r"cannot be loaded: .*; remove it, then .make setup"):
        load(tmp_path)
