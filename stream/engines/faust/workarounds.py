"""All measures against the faults of faust-streaming, each with the fault it is for. Pinned: see `PINNED`.

Measured on a real Kafka with faust-streaming 0.15.3 and aiokafka 0.14. When the pin moves, look at each again:

* `end_process`: does an exception still acknowledge what it never processed (`faust/streams.py`, `finally`)?
* `FlowFirstRecovery`: does `faust/tables/recovery.py` still resume partitions before it seeks?
* `CommittedOnlyThread`: is there a setting for the isolation level (`faust/transport/drivers/aiokafka.py`,
  `_create_worker_consumer`)?
* `SilentWeb`: does the command line still override `web_enabled` (`faust/app/base.py`, `BootStrategy`)?
* `AsItCame`: does a value that is no JSON still count as done for (`faust/serializers/schemas.py`)?
* `NoFolders`: does an app without files still make folders (`App._create_directories`)?
* `credentials`, `check_protocol`: does SASL without a context still mean plaintext (`faust/auth.py`)?
* `commit`: does a failed commit still crash, and wait behind fetches (`AIOKafkaConsumerThread._commit`)?
* `prompt_timeouts`: are the defaults still 60 s and more (`faust/types/settings/settings.py`)?

Faults that need no measure, because the engine does not go there: its tables (their recovery reads to the high
watermark, which in a log written by transactions is a marker that never comes, and takes aborted records for true), its
producer (a failed send is a warning), its `exactly_once` (outputs are not in it), its acknowledgements, its
GlobalTable.
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
from aiokafka.errors import CommitFailedError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata
from aiokafka.structs import TopicPartition as AiokafkaPartition
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.kafka.connection import Connection
from stream.runtime.options import EngineOptions, EngineSetupError

PINNED = "0.15.3"
EXIT_CODE = 70

log = structlog.get_logger()


class FaustVersionError(EngineSetupError):
    """Another Faust is installed than the one whose faults are known."""


class FaustConnectionError(EngineSetupError):
    """Faust would not connect as the settings say."""


def check_version(installed: str = version("faust-streaming")) -> None:
    """Raises FaustVersionError unless Faust is the one that these measures are for."""
    if installed != PINNED:
        raise FaustVersionError(
            f"the Faust engine needs faust-streaming {PINNED}, found {installed}: install the extra `faust`"
        )


def end_process(error: BaseException, leave: Callable[[int], Any] = os._exit) -> None:
    """End the process at once, nothing acknowledged. What escapes an agent is acknowledged by Faust and lost, with
    exit code 0; an ordered stop would give it the time to."""
    log.critical("engine failed", error=repr(error), exc_info=error)
    sys.stdout.flush()
    sys.stderr.flush()
    leave(EXIT_CODE)


class FlowFirstRecovery(Recovery):
    """Stops the flow before partitions are sought. Faust resumes them first, so records fetched at the old position
    are taken for the next ones, and those in between are never delivered."""

    async def _resume_streams(self, generation_id: int = 0) -> None:
        self._stop_flow()
        await super()._resume_streams(generation_id)

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """The same for an app that has tables of its own."""
        self._stop_flow()
        await super().on_recovery_completed(generation_id)

    def _stop_flow(self) -> None:
        self.app.consumer.stop_flow()
        self.app.flow_control.suspend()


class FlowFirstTables(TableManager):
    """Faust's table manager with that recovery."""

    @property
    def recovery(self) -> Recovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery = FlowFirstRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class NoWebServer(BootStrategy):
    """Never starts a web server. Faust's listens on every address and serves what tables hold, and its command line
    overrides the setting `web_enabled`."""

    enable_web = False


class CommittedOnlyThread(driver.AIOKafkaConsumerThread):
    """Reads committed records only. Faust's at-least-once consumer takes records of aborted transactions for true."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's watch over acknowledgements knows nothing of ours and would cry wolf."""


class CommittedOnlyConsumer(driver.Consumer):
    """Faust's consumer with that thread."""

    def _new_consumer_thread(self) -> CommittedOnlyThread:
        return CommittedOnlyThread(self, loop=self.loop, beacon=self.beacon)


class CommittedOnlyTransport(driver.Transport):
    """Faust's transport with that consumer."""

    Consumer: ClassVar[type[CommittedOnlyConsumer]] = CommittedOnlyConsumer


class RawBytesSchema(faust.Schema[Any, Any]):
    """Decodes nothing. Faust's own decoding takes bytes for JSON, and what it can not decode it drops as done for: a
    bad event would be no dead letter."""

    def __init__(self) -> None:
        super().__init__(allow_empty=True)

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """The bytes."""
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        """The bytes."""
        return message.value


class NoDataDirs:
    """Makes no folders. Faust makes three in the working folder, which may be read-only, for files nobody writes."""

    def _create_directories(self) -> None: ...


async def commit(consumer: Any, topic: str, offsets: Mapping[int, int]) -> str | None:
    """Commit past Faust, which queues commits behind fetches and crashes on a rebalance. Returns why it did not
    happen: the group is about to give these partitions to somebody else."""
    thread = consumer._thread
    at = {AiokafkaPartition(topic, p): OffsetAndMetadata(offset, "") for p, offset in offsets.items()}
    coming = asyncio.run_coroutine_threadsafe(thread._ensure_consumer().commit(at), thread.thread_loop)
    try:
        await asyncio.wrap_future(coming)
    except (CommitFailedError, IllegalStateError) as error:
        return str(error) or type(error).__name__
    return None


def highwater(consumer: Any, topic: str, partition: int) -> int:
    """The end that the last fetch told, 0 before the first."""
    try:
        return consumer.highwater(TP(topic, partition)) or 0
    except IllegalStateError:
        return 0


def credentials(connection: Connection) -> faust.types.auth.CredentialsT | None:
    """Credentials with an explicit TLS context: without one SASL becomes plaintext in silence, and
    `SSLCredentials(cafile=...)` raises."""
    settings = connection.aiokafka()
    context = settings.get("ssl_context")
    if connection.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=connection.sasl_username,
            password=connection.sasl_password,
            mechanism=connection.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def check_protocol(connection: Connection, given: faust.types.auth.CredentialsT | None) -> None:
    """Raises FaustConnectionError when Faust makes another protocol of the credentials than the settings say."""
    found = driver.credentials_to_aiokafka_auth(given, None)["security_protocol"]
    if found != connection.security_protocol:
        raise FaustConnectionError(
            f"Faust would connect by {found} instead of {connection.security_protocol} (SEGUE_SECURITY_PROTOCOL)"
        )


def prompt_timeouts(options: EngineOptions) -> dict[str, float]:
    """Timeouts in seconds. With Faust's own a killed worker's partitions stand still for a minute."""
    session_s = options.session_timeout_ms / 1000
    return {
        "broker_session_timeout": session_s,
        "broker_heartbeat_interval": max(0.5, session_s / 5),
        "broker_rebalance_timeout": max(15.0, session_s),
        "broker_request_timeout": max(30.0, session_s),
    }
