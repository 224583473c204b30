"""Requests are sent at their rate and timed from the moment they were due."""

from __future__ import annotations

import socket
import threading

from bench.api.requests import Load, ask


def serve(listening: socket.socket, status: str, paths: list[str]) -> None:
    """Answer every request on every connection."""

    def answer(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                if line.startswith(b"GET"):
                    paths.append(line.split()[1].decode())
                elif line == b"\r\n":
                    connection.sendall(f"HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok".encode())

    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def asked(status: str) -> tuple[list[str], int, int]:
    paths: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening, status, paths), daemon=True).start()
        found = ask(Load("127.0.0.1", listening.getsockname()[1], ("/a", "/b"), 400, 0.25))
        listening.shutdown(socket.SHUT_RDWR)
    assert all(each >= 0 for each in found.latencies_ms)
    return paths, len(found.latencies_ms), found.n_failed


def test_every_request_has_an_answer_and_paths_take_turns() -> None:
    paths, n, n_failed = asked("200 OK")
    assert len(paths) == n
    assert 50 < n < 200  # 100 are expected; the gaps are the same in every run
    assert abs(paths.count("/a") - paths.count("/b")) <= 1
    assert n_failed == 0


def test_other_answers_are_counted() -> None:
    _, n, n_failed = asked("503 Service Unavailable")
    assert n_failed == n > 0
