"""Workarounds for faults of faust-streaming, each beside the fault. `PINNED` is the version with the faults.

Measured on a real Kafka with faust-streaming 0.15.3 and aiokafka 0.14. When the pin moves, check each again:

* `end_process`: does an exception still acknowledge unprocessed records (`faust/streams.py`, `finally`)?
* `PauseBeforeSeekRecovery`: does `faust/tables/recovery.py` still resume partitions before the seek?
* `CommittedOnlyThread`: is there a setting for the isolation level (`faust/transport/drivers/aiokafka.py`,
  `_create_worker_consumer`)?
* `NoWebServer`: does the command line still override `web_enabled` (`faust/app/base.py`, `BootStrategy`)?
* `RawBytesSchema`: does a value other than JSON still count as processed (`faust/serializers/schemas.py`)?
* `NoDataDirs`: does an app without files still create folders (`App._create_directories`)?
* `commit`: does a failed commit still crash, and wait behind fetches (`AIOKafkaConsumerThread._commit`)?

Some faults need no workaround, because the engine does not use the part:

* tables: recovery waits for the high watermark (a marker in a transactional log), and reads aborted records
* producer: a failed send is only a warning
* `exactly_once`: outputs are not part of the transaction
* acknowledgements, and GlobalTable
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import faust
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError, UnsupportedCodecError
from aiokafka.structs import OffsetAndMetadata
from aiokafka.structs import TopicPartition as AiokafkaPartition
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.engines.faust.readable_records import skip_unreadable_records
from stream.kafka.broker_errors import TopicsError
from stream.kafka.undeliverable import UndeliverableError
from stream.runtime.options import EngineSetupError

PINNED = "0.15.3"
EXIT_CODE = 70

log = structlog.get_logger()


class FaustVersionError(EngineSetupError):
    """A version of Faust other than the pinned one is installed."""


def check_version(installed: str = version("faust-streaming")) -> None:
    """Raise FaustVersionError unless the pinned version of Faust is installed."""
    if installed != PINNED:
        raise FaustVersionError(
            f"the Faust engine needs faust-streaming {PINNED}, found {installed}: install the extra `faust`"
        )


def end_process(error: BaseException, leave: Callable[[int], Any] = os._exit) -> None:
    """End the process at once, with nothing acknowledged: with exit code 1 where the topics are wrong.

    Faust acknowledges, and so loses, a record whose agent raises, and exits with code 0. An ordered stop
    would give Faust the time to do so.
    """
    if isinstance(error, EngineSetupError | TopicsError | UndeliverableError):
        log.critical("engine failed", error=str(error))
    else:
        log.critical("engine failed", error=repr(error), exc_info=error)
    sys.stdout.flush()
    sys.stderr.flush()
    leave(1 if isinstance(error, TopicsError | UndeliverableError) else EXIT_CODE)


class PauseBeforeSeekRecovery(Recovery):
    """A recovery that stops the flow before it seeks.

    Faust resumes partitions first. Records fetched at the old position then count as the next ones, and the records in
    between are never delivered.
    """

    async def _resume_streams(self, generation_id: int = 0) -> None:
        self._stop_flow()
        await super()._resume_streams(generation_id)

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Stop the flow, for an app with tables of its own."""
        self._stop_flow()
        await super().on_recovery_completed(generation_id)

    def _stop_flow(self) -> None:
        self.app.consumer.stop_flow()
        self.app.flow_control.suspend()


class PauseBeforeSeekTables(TableManager):
    """A table manager with `PauseBeforeSeekRecovery`."""

    @property
    def recovery(self) -> Recovery:
        """Recovery service."""
        if self._recovery is None:
            self._recovery = PauseBeforeSeekRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class NoWebServer(BootStrategy):
    """A boot strategy without a web server.

    Faust's server listens on every address and serves the content of tables, and the command line overrides the setting
    `web_enabled`.
    """

    enable_web = False


class CommittedOnlyThread(driver.AIOKafkaConsumerThread):
    """A consumer of committed records. With at-least-once, Faust's own reads records of aborted transactions too."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        skip_unreadable_records()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer

    async def _fetch_records(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super()._fetch_records(*arguments, **options)
        except UnsupportedCodecError as error:
            remedy = "install the package cramjam, or choose another engine (SEGUE_ENGINE)"
            end_process(EngineSetupError(f"{error}: producers compress `user-events`; {remedy}"))

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Skip Faust's check of acknowledgements: it does not see Segue's commits, and would warn all the time."""


class CommittedOnlyConsumer(driver.Consumer):
    """A Faust consumer with `CommittedOnlyThread`."""

    def _new_consumer_thread(self) -> CommittedOnlyThread:
        return CommittedOnlyThread(self, loop=self.loop, beacon=self.beacon)


class CommittedOnlyTransport(driver.Transport):
    """A Faust transport with that consumer."""

    Consumer: ClassVar[type[CommittedOnlyConsumer]] = CommittedOnlyConsumer


class RawBytesSchema(faust.Schema[Any, Any]):
    """A schema for undecoded bytes.

    Faust decodes bytes as JSON, and drops an undecodable record as processed: a bad event would be no dead
    letter.
    """

    def __init__(self) -> None:
        super().__init__(allow_empty=True)

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """Return the bytes of the key."""
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        """Return the bytes of the value."""
        return message.value


class NoDataDirs:
    """A mixin for an app without folders. Faust creates three in the working folder, perhaps read-only."""

    def _create_directories(self) -> None: ...


async def commit(consumer: Any, topic: str, offsets: Mapping[int, int]) -> str | None:
    """Commit past Faust, which queues commits behind fetches and crashes on a rebalance.

    Return None, or the reason of a failure: the group is about to revoke the partitions.
    """
    thread = consumer._thread
    at = {AiokafkaPartition(topic, p): OffsetAndMetadata(offset, "") for p, offset in offsets.items()}
    coming = asyncio.run_coroutine_threadsafe(thread._ensure_consumer().commit(at), thread.thread_loop)
    try:
        await asyncio.wrap_future(coming)
    except (CommitFailedError, IllegalStateError) as error:
        return str(error) or type(error).__name__
    return None
