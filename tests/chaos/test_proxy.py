"""What passes a proxy, and what does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.chaos.proxy import Network
from tests.e2e.waiting import eventually

TIMEOUT_S = 60.0


@pytest.fixture
def network() -> Iterator[Network]:
    """A network of one proxy in front of an echo server."""
    with socket.create_server(("127.0.0.1", 0)) as server, Network(1) as made, ExitStack() as connections:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed at the end of the test
                    return
                connections.enter_context(connection)
                threading.Thread(target=echo, args=[connection], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        made.proxies[0].target = server.getsockname()[1]
        yield made
        server.shutdown(socket.SHUT_RDWR)


def echo(connection: socket.socket) -> None:
    try:
        while received := connection.recv(1 << 16):
            connection.sendall(received)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        return


def connect(network: Network) -> socket.socket:
    return socket.create_connection(("127.0.0.1", network.proxies[0].port), timeout=TIMEOUT_S)


def echoed(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    found = b""
    while len(found) < len(text):
        received = connection.recv(1 << 16)
        if not received:
            break
        found += received
    return found


def test_bytes_pass_unchanged_both_ways(network: Network) -> None:
    text = bytes(range(256)) * 4_000
    with connect(network) as connection:
        assert echoed(connection, text[:1_000]) == text[:1_000]
    with connect(network) as connection:
        threading.Thread(target=connection.sendall, args=[text]).start()
        found = b""
        while len(found) < len(text):
            found += connection.recv(1 << 16)
    assert found == text
    assert network.proxies[0].n_bytes >= 2 * len(text)


def test_a_cut_resets_what_is_open_and_what_is_new_until_it_is_mended(network: Network) -> None:
    with connect(network) as connection:
        assert echoed(connection, b"before") == b"before"
        network.cut(0, True)
        assert ended(connection)
    with connect(network) as connection:
        assert ended(connection)
    network.cut(0, False)
    with connect(network) as connection:
        assert echoed(connection, b"mended") == b"mended"


def test_silence_lets_nothing_pass_and_ends_in_a_reset(network: Network) -> None:
    with connect(network) as connection:
        assert echoed(connection, b"before") == b"before"
        network.swallow(0, True)
        connection.sendall(b"swallowed")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(100)
        network.swallow(0, False)
        connection.settimeout(TIMEOUT_S)
        assert ended(connection)
    with connect(network) as connection:
        assert echoed(connection, b"mended") == b"mended"


def test_a_delay_holds_for_new_chunks_until_it_is_taken_back(network: Network) -> None:
    with connect(network) as connection:
        network.delay(0, 3600.0)
        connection.sendall(b"waits")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(100)
    network.delay(0, 0.0)
    with connect(network) as connection:
        assert echoed(connection, b"quick") == b"quick"


def test_the_end_of_one_side_ends_the_other(network: Network) -> None:
    with connect(network) as connection:
        assert echoed(connection, b"once") == b"once"
    eventually(lambda: not network.proxies[0]._open, "no connection is left")


def test_without_a_broker_a_connection_ends(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        network.proxies[0].target = unused.getsockname()[1]
    with connect(network) as connection:
        assert ended(connection)


def ended(connection: socket.socket) -> bool:
    """Wait for the end or the reset of a connection."""
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True
