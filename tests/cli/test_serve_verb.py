"""`segue serve` as a user starts it: where it listens, what it refuses, how it ends."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from stream.store.replayed import ReplayedStore
from tests.cli.command_line import run
from tests.published_records import published_records
from tests.serve.process import serving

_SECONDS = 60


def replayed_store(folder: Path) -> Path:
    """Return the store of a replay."""
    path = folder / "replayed.sqlite"
    store = ReplayedStore(path)
    for record in published_records():
        store.take(record)
    store.close()
    return path


def test_the_store_of_a_replay_is_served_without_a_broker_until_a_signal(tmp_path: Path) -> None:
    with serving("--store", str(replayed_store(tmp_path))) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/api/v1/users/ann", timeout=_SECONDS) as answer:
            assert json.load(answer)["user"] == "ann"
            assert answer.headers["Segue-State"] == "file"
            assert "Server" not in answer.headers
        with urlopen(Request(f"{address}/live", headers={"Accept": "text/event-stream"}), timeout=_SECONDS) as stream:
            assert stream.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(_SECONDS) == 0
        assert process.stderr
        assert process.stderr.read() == ""


def test_a_taken_port_is_an_error_that_names_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", "--serve-port", port, "--store", str(replayed_store(tmp_path)))
    assert done.exit_code == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "SEGUE_SERVE_PORT" in done.stderr


def test_a_network_address_without_a_token_is_a_usage_error(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--serve-host", "0.0.0.0")
    assert done.exit_code == 2
    assert "SEGUE_SERVE_TOKENS" in done.stderr


@pytest.mark.parametrize("content", [b"", b"not a store"])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    done = run(tmp_path, "serve", "--serve-port", "0", "--store", str(path))
    assert done.exit_code == 1
    assert str(path) in done.stderr
