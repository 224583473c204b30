"""A server listens before it starts, and ends its streams at the first signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from threading import Event, Thread
from urllib.request import urlopen

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from stream.serve.errors import ServePortError
from stream.serve.server import Server, listen, url_of
from stream.settings import ServeSettings


def test_port_0_takes_a_free_port_and_the_address_tells_it() -> None:
    with listen(ServeSettings(serve_port=0)) as one, listen(ServeSettings(serve_port=0)) as two:
        assert url_of(one) == f"http://127.0.0.1:{one.getsockname()[1]}"
        assert url_of(one) != url_of(two)


def test_an_address_of_all_interfaces_is_told_as_one_to_open() -> None:
    with listen(ServeSettings(serve_host="0.0.0.0", serve_port=0, serve_tokens=("0123456789abcdef",))) as listening:
        assert url_of(listening).startswith("http://127.0.0.1:")


def test_ipv6_is_written_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    with listen(ServeSettings(serve_host="::1", serve_port=0)) as listening:
        assert url_of(listening).startswith("http://[::1]:")


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "x" * 300])
def test_an_address_of_another_machine_is_an_error_that_names_its_setting(host: str) -> None:
    settings = ServeSettings(serve_host=host, serve_port=0, serve_tokens=("0123456789abcdef",))
    with pytest.raises(ServePortError, match="SEGUE_SERVE_HOST"):
        listen(settings)


def test_a_signal_ends_a_server_whose_stream_watches_the_stop() -> None:
    app, stop, started = FastAPI(), Event(), Event()
    before = signal.getsignal(signal.SIGTERM)

    async def stream() -> AsyncIterator[bytes]:
        yield b"first\n"
        while not stop.is_set():
            await asyncio.sleep(0.01)

    @app.get("/stream")
    async def get_stream() -> StreamingResponse:
        return StreamingResponse(stream())

    listening = listen(ServeSettings(serve_port=0))
    found: list[bytes] = []

    def read() -> None:
        started.wait()
        with urlopen(f"{url_of(listening)}/stream") as answer:
            found.append(answer.readline())
            os.kill(os.getpid(), signal.SIGTERM)
            found.append(answer.read())

    reader = Thread(target=read)
    reader.start()
    with listening:
        Server(app, stop, started.set).run([listening])
    reader.join()
    assert found == [b"first\n", b""]
    assert signal.getsignal(signal.SIGTERM) is before


def test_answers_do_not_wait_for_acknowledgements() -> None:
    async def accepted() -> int:
        connected = asyncio.get_running_loop().create_future()

        async def connect(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own = writer.get_extra_info("socket")
            connected.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with listen(ServeSettings(serve_port=0)) as listening:
            async with await asyncio.start_server(connect, sock=listening):
                _, writer = await asyncio.open_connection(*listening.getsockname()[:2])
                found = int(await connected)
                writer.close()
                return found

    assert asyncio.run(accepted()) == 1
