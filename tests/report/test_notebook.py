"""The notebook example of docs/python-api.md runs as shown, on a store of that name."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path

import pytest

from stream import Report, ReportError, make_report
from stream.maps.landmark_file import landmark_path, save
from tests.report.made_store import made_landmarks, made_store

PAGE = Path(__file__).parents[2] / "docs" / "python-api.md"


def test_the_example_of_the_page_runs_and_ends_with_the_report(tmp_path: Path) -> None:
    made = made_store(tmp_path / "shop.store")
    save(made_landmarks(made), landmark_path(made.path))
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    with chdir(tmp_path):
        exec(re.sub(r"^.*plot\.scatter.*\n", "", example, flags=re.MULTILINE), names)  # pandas draws with matplotlib
    report = names["report"]
    assert isinstance(report, Report)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.html
    assert example.endswith("\nreport\n")


def test_the_page_lists_every_data_frame(tmp_path: Path) -> None:
    made = made_store(tmp_path / "shop.store")
    save(made_landmarks(made), landmark_path(made.path))
    page = PAGE.read_text(encoding="utf-8").split("## Report in a notebook")[1]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert listed == set(make_report(tmp_path / "shop.store").frames())


def test_a_comparison_with_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    made = made_store(tmp_path / "shop.store")
    save(made_landmarks(made), landmark_path(made.path))
    with pytest.raises(ReportError, match="no model 9"):
        make_report(made.path, compare="9")
