"""The built wheel in an environment and a folder of its own: every verb works without a checkout.

The wheel is built and installed with uv where there is one, else with pip. Packages come in the versions of the
environment that runs the tests, so that a warm cache needs no download. Kafka's jars come from the shared cache.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.e2e.wheels import ROOT, build_wheel, checked, find_uv, kernel_machines

SERVERS = re.compile(r"SEGUE_BOOTSTRAP_SERVERS=(\S+)")
DAY_MS = 86_400_000
START_MS = 1_767_225_600_000
TEXTS = (("running shoes", "trail shoes", "shoe laces"), ("red lipstick", "face cream", "nail polish"))
SETTINGS = {
    "clock": "event",
    "dwell_ms": "0",
    "min_items": "2",
    "n_segments": "2",
    "warm_up_samples": "30",
    "batch_samples": "30",
    "http_port": "0",
}


class Environment:
    """A virtual environment outside the repository, with the wheel and some of its extras."""

    def __init__(self, folder: Path, wheel: Path, extras: str) -> None:
        self.bin = folder / "bin"
        _make_environment(folder, f"{wheel}[{extras}]" if extras else str(wheel))

    def command(self, *arguments: str) -> list[str]:
        return [str(self.bin / "segue"), *arguments]

    def variables(self, **settings: str) -> dict[str, str]:
        """Return the variables of a shell that knows nothing of this repository."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "SEGUE_CACHE_DIR" or not name.startswith(("SEGUE_", "PYTHON", "VIRTUAL_ENV", "UV_"))
        }
        return kept | {f"SEGUE_{name.upper()}": value for name, value in settings.items()}

    def run(self, folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=folder,
            env=self.variables(**settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def output(self, folder: Path, *arguments: str, **settings: str) -> str:
        """Return the standard output of a verb that must succeed."""
        ended = self.run(folder, *arguments, **settings)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    @contextmanager
    def background(self, folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """Run a verb until the end of the block; it must then end in order."""
        with subprocess.Popen(
            self.command(*arguments), cwd=folder, env=self.variables(**settings), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
            assert process.wait(60) == 0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    return build_wheel(folder)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty folder outside the repository."""
    folder = tmp_path / "empty"
    folder.mkdir()
    assert not folder.is_relative_to(ROOT)
    return folder


def test_the_wheel_has_the_kernel_of_this_machine(wheel: Path) -> None:
    assert kernel_machines(wheel) == [platform.machine()]


def test_every_verb_works_in_an_empty_folder(wheel: Path, tmp_path: Path, empty: Path) -> None:
    segue = Environment(tmp_path / "environment", wheel, "cpu,kafka,demo")
    events = empty / "events.jsonl"
    events.write_text("".join(f"{json.dumps(event)}\n" for event in _events()))
    replayed = segue.output(empty, "replay", events.name, "--save-model", "model.json", **SETTINGS).splitlines()
    assert {json.loads(line)["rule"] for line in replayed} >= {"entered"}
    with segue.background(empty, "kafka", "--port", "0") as kafka:
        settings = SETTINGS | {"bootstrap_servers": _announced_servers(kafka), "segment_model": "model.json"}
        assert "created user-events" in segue.output(empty, "topics", "create", **settings)
        with segue.background(empty, "worker", **settings):
            segue.output(empty, "produce", events.name, **settings)
            watched = segue.output(empty, "watch", "--from-beginning", "--limit", "5", **settings)
            assert watched.count(" user ") == 5
    shown = segue.output(empty, "demo", "--duration-s", "3", "--rate", "3000")
    assert re.search(r"Done: [\d,]+ of [\d,]+ events", shown)
    assert sorted(path.name for path in empty.iterdir()) == [events.name, "model.json"]


def test_a_verb_names_the_extra_that_is_missing(wheel: Path, tmp_path: Path, empty: Path) -> None:
    segue = Environment(tmp_path / "environment", wheel, "")
    (empty / "events.jsonl").write_text('{"user_id": "7", "text": "red shoes", "timestamp": 1767225600000}')
    for verb, extra in (
        (("kafka", "--port", "0"), "kafka"),
        (("replay", "events.jsonl"), "cpu"),
        (("worker",), "cpu"),
        (("produce", "demo", "--dry-run"), "demo"),
        (("demo",), "cpu,kafka,demo,serve,report"),
    ):
        ended = segue.run(empty, *verb)
        assert ended.returncode == 1, verb
        assert f"pip install 'segue[{extra}]'" in ended.stderr, (verb, ended.stderr)
        assert "Traceback" not in ended.stderr


def _events() -> Iterator[dict[str, str | int]]:
    """Yield a month of two groups of users that read different things; the first users change sides in its middle."""
    for day in range(30):
        for user in range(40):
            group = (user + (day >= 15 and user < 4)) % 2
            yield {
                "user_id": f"user-{user}",
                "text": TEXTS[group][(day + user) % 3],
                "timestamp": START_MS + day * DAY_MS + user * 1000,
            }


def _announced_servers(kafka: subprocess.Popen[str]) -> str:
    """Return the address that `segue kafka` prints when the broker is ready."""
    assert kafka.stdout is not None
    found = SERVERS.search(kafka.stdout.readline())
    assert found is not None
    return found[1]


def _make_environment(folder: Path, requirement: str) -> None:
    constraints = folder.with_suffix(".txt")
    versions = sorted({f"{each.name}=={each.version}" for each in distributions() if each.name != "segue"})
    constraints.write_text("\n".join(versions))
    if uv := find_uv():
        checked(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    else:
        checked(sys.executable, "-m", "venv", str(folder))
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    checked(*install, "--constraint", str(constraints), requirement)
    where = checked(str(folder / "bin" / "python"), "-c", "import stream; print(stream.__file__)", cwd=folder)
    assert Path(where.strip()).is_relative_to(folder)
