"""`segue report`: from a replay's store without a broker, and what it says when there is nothing to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.cli import report as report_verb
from stream.maps.landmark_file import landmark_path, save
from stream.store.policy import StorePolicy
from stream.store.replayed import ReplayedStore
from tests.cli.command_line import run
from tests.report.made_store import made_landmarks, made_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a replay's store, and a layout so that nothing is fitted."""
    made = made_store(tmp_path / "demo.store", 40)
    save(made_landmarks(made), landmark_path(made.path))
    return tmp_path


def test_the_store_of_a_replay_needs_no_broker(folder: Path) -> None:
    done = run(folder, "report", "--store", "demo.store", "--bootstrap-servers", "127.0.0.1:1")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "3 segments, 40 users on the maps"
    assert lines[1].startswith("t-SNE, 2-D: trustworthiness 0.")
    size = (folder / "report.html").stat().st_size
    assert lines[-1] == f"report.html: {size / 1e6:.1f} MB"


def test_the_same_command_gives_the_same_bytes(folder: Path) -> None:
    for name in ("a.html", "b.html"):
        assert run(folder, "report", "--store", "demo.store", "--out", name).exit_code == 0
    assert (folder / "a.html").read_bytes() == (folder / "b.html").read_bytes()


def test_a_layout_may_lie_anywhere(folder: Path) -> None:
    landmark_path(folder / "demo.store").rename(folder / "kept.npz")
    done = run(folder, "report", "--store", "demo.store", "--layout", "kept.npz", "--points", "20")
    assert done.exit_code == 0, done.output
    assert "20 users on the maps" in done.stdout
    assert not landmark_path(folder / "demo.store").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--store", "nowhere.store", "--as-is"], 1, "nowhere.store does not exist"),
        (["--as-is"], 2, "--as-is needs the store to report on"),
        (["--store", "demo.store", "--out", "nowhere/report.html"], 1, "cannot write nowhere/report.html"),
        (["--store", "demo.store", "--compare", "9"], 1, "no model 9 to compare, only 2, 1"),
        (["--store", "demo.store", "--compare", "soon"], 1, "--compare takes a date, a version"),
        (["--store", "empty.store"], 1, "nothing to report: no user has a segment yet"),
        (["--store", "text.store", "--as-is"], 1, "text.store"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(
    folder: Path, arguments: list[str], code: int, sentence: str
) -> None:
    ReplayedStore(folder / "empty.store", StorePolicy()).close()
    (folder / "text.store").write_text("no store")
    done = run(folder, "report", *arguments)
    assert (done.exit_code, sentence in done.stderr) == (code, True), done.output
    assert not (folder / "report.html").exists()


def test_ctrl_c_leaves_no_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(report_verb.Stages):
        def __call__(self, stage: str) -> None:
            super().__call__(stage)
            if stage == "drawing":
                raise KeyboardInterrupt

    monkeypatch.setattr(report_verb, "Stages", Interrupted)
    done = run(folder, "report", "--store", "demo.store")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (130, "stopped: no report was written")
    assert not (folder / "report.html").exists()
