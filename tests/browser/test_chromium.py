"""A Chromium is found or fetched, and anything else is refused with a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import VARIABLE, NoChromiumError, fetched, find_chromium


def program(path: Path, answer: int) -> Path:
    path.write_text(f"#!/bin/sh\nexit {answer}\n")
    path.chmod(0o755)
    return path


def test_a_named_chromium_goes_before_one_on_path(tmp_path: Path) -> None:
    program(tmp_path / "chromium", 0)
    named = program(tmp_path / "other", 0)
    assert find_chromium({"PATH": str(tmp_path), VARIABLE: str(named)}).executable == named
    assert find_chromium({"PATH": str(tmp_path)}).executable == tmp_path / "chromium"


def test_a_named_chromium_that_does_not_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoChromiumError, match=f"{VARIABLE}=.*is no Chromium"):
        find_chromium({VARIABLE: str(program(tmp_path / "broken", 1))})
    with pytest.raises(NoChromiumError, match="is no Chromium"):
        find_chromium({VARIABLE: str(tmp_path / "missing")})


def test_one_on_path_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "chromium", 1)
    program(tmp_path / "google-chrome", 0)
    assert find_chromium({"PATH": str(tmp_path)}).executable == tmp_path / "google-chrome"


def test_a_cache_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoChromiumError, match=f"install one, or name one in {VARIABLE}"):
        fetched(tmp_path / "file" / "chromium")
