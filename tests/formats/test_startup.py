"""The registry of a process that starts: nothing without one, an error for a wrong one, patience with a silent one."""

from __future__ import annotations

import pytest

from stream.formats.registry_settings import Registry, RegistryError
from stream.formats.startup import check_registry, readers_of
from tests.registry_server import registry_server


def test_without_a_registry_there_is_nothing_to_check() -> None:
    assert readers_of(Registry()) is None
    check_registry(Registry())


def test_readers_connect_at_the_first_schema() -> None:
    with registry_server() as server:
        readers = readers_of(Registry(server.url))
        assert readers is not None
        assert server.requests == []
        readers.reader(1)
        assert server.requests == ["/schemas/ids/1"]


def test_a_registry_that_refuses_us_ends_the_start_and_one_that_is_down_does_not() -> None:
    with registry_server(password="right") as server:
        with pytest.raises(RegistryError, match="refuses us"):
            check_registry(Registry(server.url))
        server.stop()
        check_registry(Registry(server.url))
        server.start()
