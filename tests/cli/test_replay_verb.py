"""`segue replay` of a short file with the shipped encoder: changes, a summary, and refusals before the run."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from stream.cli.main import segue
from stream.store.queries.flows import flows
from stream.store.queries.live import latest_changes
from stream.store.queries.models import serving_model
from stream.store.queries.samples import samples
from stream.store.queries.segments import segment_rows
from stream.store.queries.users import lookup
from stream.store.store import open_store
from tests.store.builders import Log, stored

DAY_MS = 86_400_000
TEXTS = ("trail running shoes", "baby food and diapers", "mechanical keyboard")


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Return a file of 400 events of 40 users with three interests over 10 days, and two broken lines."""
    lines = [
        json.dumps({"user_id": f"u{user}", "text": f"{TEXTS[user % 3]} {day}", "timestamp": at})
        for day in range(10)
        for user in range(40)
        if (at := 1_760_000_000_000 + day * DAY_MS + user * 1000)
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*lines, "{", '{"user_id": "u1", "text": "no time"}']) + "\n", encoding="utf-8")
    return file


def replay(*arguments: str) -> Result:
    return CliRunner().invoke(segue, ["replay", *arguments])


def test_a_short_file_gets_a_model_changes_and_a_summary(short: Path) -> None:
    done = replay(str(short), "--warm-up-samples", "100", "--n-segments", "3")
    assert done.exit_code == 0
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {change["user"] for change in changes if change["rule"] == "entered"} == {f"u{user}" for user in range(40)}
    assert "402 events: 400 applied, 2 refused" in done.stderr
    assert re.search(r"1 not_json, such as line 401: .*\n  1 missing_timestamp, such as line 402: ", done.stderr)
    assert re.search(rf"{len(changes)} changes, 40 users, segment model \d+\n$", done.stderr)


def test_a_file_with_fewer_samples_than_a_warm_up_ends_with_a_model_and_decisions(short: Path) -> None:
    done = replay(str(short))
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(change["user"], change["rule"]) for change in changes} == {(f"u{user}", "entered") for user in range(40)}
    assert "40 users, segment model 1" in done.stderr
    assert re.search(
        r"made at the end, from \d+ samples of the 1,000 of a warm-up: .* --warm-up-samples \d+", done.stderr
    )


def test_a_file_without_a_model_says_so(short: Path) -> None:
    done = replay(str(short), "--limit", "8")
    assert (done.exit_code, done.stdout) == (0, "")
    assert re.search(r"no segment model: the file has \d samples, .* take a larger file", done.stderr)


def test_a_store_of_a_replay_has_what_it_printed(short: Path, tmp_path: Path) -> None:
    for _ in range(2):  # the second replay replaces the first
        done = replay(str(short), "--warm-up-samples", "100", "--n-segments", "3", "--store", str(tmp_path / "run.db"))
    with closing(open_store(tmp_path / "run.db")) as store:
        changes = [value.decode() for _, value in reversed(latest_changes(store, 0, 10_000))]
        assert done.stdout.splitlines() == changes
        assert len(lookup(store, [f"u{user}" for user in range(50)])) == 40
        assert sum(row.n_users for row in segment_rows(store)) == 40
        assert len(samples(store).users) == 40
        assert serving_model(store) is not None
        assert sum(flow.n_changes for flow in flows(store, 0, 1 << 50)) == len(changes)


def test_the_store_of_topics_is_not_replaced_by_a_replay(short: Path, tmp_path: Path) -> None:
    stored(tmp_path, Log([Log().change()])).close()
    done = replay(str(short), "--store", str(tmp_path / "store.db"))
    assert done.exit_code == 1
    assert "name another file" in done.stderr


@pytest.mark.parametrize("flag", ["--memberships", "--save-model", "--store"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(short: Path, tmp_path: Path, flag: str) -> None:
    done = replay(str(short), flag, str(tmp_path / "nowhere" / "file"))
    assert done.exit_code == 1
    assert f"cannot write {tmp_path}{os.sep}nowhere" in done.stderr
    assert "events," not in done.stderr


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet", "utf16", "gz"])
def test_every_format_gives_the_same_changes(short: Path, tmp_path: Path, suffix: str) -> None:
    lines = short.read_text(encoding="utf-8").splitlines()[:400]
    frame = pd.DataFrame(map(json.loads, lines)).rename(columns={"user_id": "userId", "timestamp": "created_at"})
    file = tmp_path / "events"
    match suffix:
        case "csv":
            frame.to_csv(file, index=False)
        case "json":
            file.write_text(json.dumps([json.loads(line) for line in lines], indent=2))
        case "parquet":
            frame.to_parquet(file, index=False)
        case "utf16":
            file.write_text("\n".join(lines), encoding="utf-16")
        case "gz":
            file.write_bytes(gzip.compress(short.read_bytes()))
    expected, found = replay(str(short)), replay(str(file))
    assert found.exit_code == 0
    names = "user", "from", "to", "rule"
    assert [[json.loads(change)[name] for name in names] for change in found.stdout.splitlines()] == [
        [json.loads(change)[name] for name in names] for change in expected.stdout.splitlines()
    ]


def test_numeric_ids_and_nan_in_json_lines_are_read(tmp_path: Path) -> None:
    lines = [f'{{"customer_id": {n % 9}.0, "date": "2026-01-{n + 1:02}", "price": NaN}}' for n in range(20)]
    (tmp_path / "orders.jsonl").write_text("\n".join(lines))
    done = replay(str(tmp_path / "orders.jsonl"))
    assert "20 events: 20 applied" in done.stderr


def test_an_unsorted_file_is_sorted_or_its_late_events_are_counted(short: Path) -> None:
    lines = short.read_text(encoding="utf-8").splitlines()[:400]
    short.write_text("\n".join(lines[200:] + lines[:200]))
    arguments = "--partitions", "1", "--window-ms", str(2 * DAY_MS), "--half-life-ms", str(DAY_MS)
    assert "400 events: 400 applied" in replay(str(short), *arguments).stderr
    late = replay(str(short), *arguments, "--no-sort").stderr
    assert re.search(r"400 events: \d+ applied, \d+ late", late)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"nonsense\n", b"null\nnull\n", b"a,b\n1,2\n", bytes(range(256))])
def test_a_file_of_no_use_is_an_error_that_says_so(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(data)
    done = replay(str(file))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Error: " in done.stderr
    assert "events.jsonl" in done.stderr


def test_a_reader_that_ends_early_is_no_error(short: Path) -> None:
    command = [sys.executable, "-m", "stream.cli.main", "replay", str(short), "--warm-up-samples", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert b"Broken" not in running.stderr.read()
    assert running.returncode == 0
