"""`segue sink` as a user starts it: what it refuses before anything connects, and dead letters."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_line import run
from tests.sink.builders import Members, opened

URL = ("--url", "https://crm.example/a")
PLACE = (*URL, "--segments", "s-0001")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--url", "ftp://crm.example", "--segments", "s-0001"), "must be http:// or https://"),
        (("--url", "http://crm.example/?key=secret", "--segments", "s-0001"), "SEGUE_SINK_ALLOW_HTTP=true"),
        (("--url", "https://crm.example", "--segments", " , "), "SEGUE_SINK_SEGMENTS"),
    ],
)
def test_a_sink_that_cannot_run_says_so_at_once(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    for verb in ("webhook", "verify"):
        done = run(tmp_path, "sink", verb, *words)
        assert (done.exit_code, "Traceback" in done.output) == (1, False)
        assert sentence in done.stderr
        assert "secret" not in done.output


def test_missing_options_name_their_variables(tmp_path: Path) -> None:
    done = run(tmp_path, "sink", "webhook", "--segments", "s-0001")
    assert done.exit_code == 2
    assert "'--url' (SEGUE_SINK_URL)" in done.stderr


def test_a_wrong_header_or_consent_is_a_usage_error_without_the_secret(tmp_path: Path) -> None:
    for env, name in (
        ({"SEGUE_SINK_HEADERS": "secret"}, "SEGUE_SINK_HEADERS"),
        ({"SEGUE_SINK_CONSENT": "yes"}, "CONSENT"),
    ):
        done = run(tmp_path, "sink", "webhook", *PLACE, env=env)
        assert done.exit_code == 2
        assert name in done.stderr
        assert "secret" not in done.output


def test_a_missing_ledger_and_one_of_another_endpoint_are_told(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.db")
    assert "segue sink webhook" in run(tmp_path, "sink", "letters", *URL, "--ledger", path).stderr
    opened(tmp_path).close()
    done = run(tmp_path, "sink", "webhook", "--url", "https://other.example", "--segments", "s-0001", "--ledger", path)
    assert (done.exit_code, "the ledger of https://crm.example/a" in done.stderr) == (1, True)


def test_a_taken_port_names_its_own_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        path = str(tmp_path / "ledger.db")
        done = run(tmp_path, "sink", "webhook", *PLACE, "--ledger", path, "--sink-http-port", port)
    assert (done.exit_code, "SEGUE_SINK_HTTP_PORT" in done.stderr) == (1, True)


def test_letters_are_json_lines(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob")], {})
        ledger.refuse(ledger.begin(ledger.due(100), 1_000), 404, "gone\nfor good", 2_000)
        done = run(tmp_path, "sink", "letters", *URL, "--ledger", str(ledger.path))
    assert done.exit_code == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["user"], each["change"], each["status"], each["body"]) for each in found] == [
        ("ann", "entered", 404, "gone\nfor good"),
        ("bob", "entered", 404, "gone\nfor good"),
    ]
