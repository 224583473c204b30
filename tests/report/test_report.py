"""A report as a whole: the same bytes again, data frames, inside a notebook, and never half a file."""

from __future__ import annotations

import os
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from stream.maps.landmark_file import landmark_path, save
from stream.report.build import options_of
from stream.report.make import make_report
from stream.report.report import Report, write_whole
from stream.training.values.policy import TrainingPolicy
from tests.report.made_figures import made_figures
from tests.report.made_store import Made, made_landmarks, made_store

OPTIONS = options_of(TrainingPolicy(), "segue", 5_000, "")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = made_store(tmp_path_factory.mktemp("store") / "made.store", 40)
    save(made_landmarks(made), landmark_path(made.path))  # a fit of UMAP compiles for half a minute
    return made


@pytest.fixture(scope="module")
def report(made: Made) -> Report:
    return make_report(made.path, OPTIONS)


def test_the_same_store_and_layout_give_the_same_bytes(made: Made, report: Report, tmp_path: Path) -> None:
    again = make_report(made.path, OPTIONS)
    assert report.html == again.html
    report.save(tmp_path / "first.html")
    again.save(tmp_path / "second.html")
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes() == report.html.encode()


def test_a_terminal_gets_the_quality_of_every_map_with_its_numbers(report: Report) -> None:
    lines = report.lines()
    assert lines[0] == "3 segments, 40 users on the maps"
    assert len(lines) == 1 + len(report.figures.maps) == 5
    for line, each in zip(lines[1:], report.figures.maps, strict=True):
        assert f"trustworthiness {each.trustworthiness:.3f}" in line
        assert f"continuity {each.continuity:.3f} (40 users, 40 landmarks)" in line


def test_frames_have_the_figures_of_the_pages(report: Report) -> None:
    frames = report.frames()
    figures = report.figures
    assert list(frames["segments"]["n_users"]) == [each.row.n_users for each in figures.segments]
    assert list(frames["users"]["segment"]) == list(figures.mapped.segments)
    np.testing.assert_array_equal(frames["users"]["tsne-2d_y"], figures.maps[0].places[:, 1])
    assert {"umap-3d_z", "trait plan", "silhouette", "reason"} <= set(frames["users"])
    assert frames["flows"]["n_users"].sum() == sum(each.n_users for each in figures.flows)
    assert str(frames["reviews"]["time"].dt.tz) == "UTC"
    assert [int(each.timestamp() * 1000) for each in frames["reviews"]["time"]] == [
        each.time_ms for each in figures.objective
    ]
    assert set(frames) == {
        "segments", "sizes", "features", "users", "flows", "reasons", "reviews", "cohesion", "health", "lineage",
        "promotions", "maps", "comparison",
    }  # fmt: skip


def test_a_notebook_shows_the_whole_file_in_a_frame_that_may_run_scripts_only() -> None:
    report = Report(made_figures(30, 3, "</iframe><script>alert(1)</script> \" '"), "hashes")
    view = report._repr_html_()
    found = re.fullmatch(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts" [^<>]*></iframe>', view)
    assert found is not None
    assert unescape(found[1]) == report.html


def test_a_failure_on_the_way_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    write_whole(path, "old")

    def fails(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text() == "old"


def test_a_report_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write_whole(tmp_path / "report.html", "x")
    assert (tmp_path / "report.html").stat().st_mode == (tmp_path / "other").stat().st_mode
