"""An application in a thread of the test, on a real broker: what it holds can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar

from apps.app import Action, App
from apps.consumer import follow
from apps.dispatcher import Dispatcher
from stream.formats.decoder import FormatDecoder
from stream.kafka.connection import Connection
from stream.wire.fields import Fields

SomeApp = TypeVar("SomeApp", bound=App)


@contextmanager
def following(connection: Connection, app: SomeApp, emit: Callable[[Action], None]) -> Iterator[SomeApp]:
    """Run the application until the end of the block; it has read the past."""
    ready, stop = Event(), Event()
    dispatcher = Dispatcher([app], FormatDecoder(Fields(), None))
    arguments = dispatcher, connection, emit, stop.is_set, lambda reads, _: reads, ready.set
    thread = Thread(target=follow, args=arguments, daemon=True)
    thread.start()
    try:
        assert ready.wait(60)
        yield app
    finally:
        stop.set()
        thread.join(30)
