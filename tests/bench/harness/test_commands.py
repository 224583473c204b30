"""The command line of `python -m bench`, and the parts that its commands run."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from bench import __main__ as program
from bench.encoder import command as encoder_command
from bench.harness.part import Part
from bench.harness.runner import run
from bench.speed import command as speed_command

PARTS = [
    *(f"bench.speed.{name}" for name in speed_command.PARTS),
    *(f"bench.encoder.{name}" for name in encoder_command.PARTS if find_spec("torch")),
]


@dataclass(frozen=True)
class Sizes:
    n_rounds: int


@dataclass(frozen=True)
class Row:
    method: str
    events_per_s: float


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_full_sizes_and_smaller_ones(name: str) -> None:
    part = import_module(name).PART
    assert isinstance(part, Part)
    assert type(part.full) is type(part.quick)
    assert part.full != part.quick


def test_a_part_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = ModuleType("bench.speed.stub")
    rows = [Row("one", 12_345.6), Row("two", 0.5)]
    module.PART = Part("A stub", "reported", Sizes(3), Sizes(1), lambda sizes: rows[: sizes.n_rounds])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    file = tmp_path / "numbers.json"
    run("speed", ["stub"], True, file)
    printed = capsys.readouterr().out
    assert "| method | events/s |\n|--------|----------|\n| one    |   12,346 |\n" in printed
    assert "Aim: reported. Sizes: rounds 1." in printed
    written = json.loads(file.read_bytes())["parts"]["stub"]
    assert (written["sizes"], written["rows"]) == ({"n_rounds": 1}, [{"method": "one", "events_per_s": 12_345.6}])


def test_help_lists_every_room_without_importing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    result = CliRunner().invoke(program.bench, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in program.ROOMS)


def test_a_room_without_its_package_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    result = CliRunner().invoke(program.bench, ["quality"])
    assert result.exit_code == 1
    assert "quality needs torch: `make setup-all` installs it" in result.output


def test_an_unknown_room_is_a_usage_error() -> None:
    assert CliRunner().invoke(program.bench, ["nothing"]).exit_code == 2
