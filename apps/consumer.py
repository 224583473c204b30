"""Topics to applications: first the past, to learn, then what happens.

Only committed records are read. Applications keep their state in memory: a restart reads the topics again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from apps.app import Action
from apps.dispatcher import Dispatcher
from stream.kafka.connection import Connection
from stream.kafka.reader import Read, reading
from stream.wire.topics import SEGMENTS, USER_PROFILES, USER_SEGMENTS

Progress = Callable[[Iterator[Read], int], Iterable[Read]]  # of so many records

_TABLES = (SEGMENTS, USER_SEGMENTS, USER_PROFILES)  # read first: an event finds the segment and profile of its user


def follow(
    dispatcher: Dispatcher,
    connection: Connection,
    emit: Callable[[Action], None],
    stop: Callable[[], bool],
    progress: Progress,
    ready: Callable[[], None],
) -> None:
    """Read the past, so that the applications learn, then pass on their actions until `stop`.

    `ready` is called between the two. Raise BrokerError when no broker answers, and TopicsError for a missing topic.
    """
    topics = {USER_SEGMENTS, *(topic for app in dispatcher.apps for topic in app.topics)}
    with ExitStack() as stack:
        tables = [topic for topic in _TABLES if topic in topics]
        groups = [each for each in (tables, sorted(topics.difference(tables))) if each]
        readers = [stack.enter_context(reading(connection, *each)) for each in groups]
        for reader in readers:
            n_records = sum(end - reader.starts[where] for where, end in reader.ends.items())
            for read in progress(reader.to_end(), n_records):
                dispatcher.take(read)
        dispatcher.idle()
        dispatcher.is_live = True
        ready()
        while not stop():
            actions = [action for reader in readers for read in reader.poll() for action in dispatcher.take(read)]
            for action in [*actions, *dispatcher.idle()]:
                emit(action)
