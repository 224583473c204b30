"""The Faust app of a job: for a Segue worker, or embedded in another Faust deployment.

watch = TopicWatch(connection, [job.input_topic], [job.changelog.name])
watch.start(observer)
app = create_app(job, connection, options, observer, watch)     # then `faust -A module:app worker`, or app.start()
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Generic

import faust
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from faust.types import TP

from stream.engines.faust.connection import check_protocol, credentials, short_timeouts
from stream.engines.faust.runner import JobRunner
from stream.engines.faust.workarounds import (
    CommittedOnlyTransport,
    NoDataDirs,
    NoWebServer,
    PauseBeforeSeekTables,
    RawBytesSchema,
    check_version,
    end_process,
)
from stream.kafka.connection import METADATA_MS, Connection
from stream.kafka.retry import retry_transient
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import ClientWarning, Observer
from stream.runtime.job import Job, Reader, Result
from stream.runtime.options import EngineOptions

_ASSIGNOR = "faust"  # the name of the protocol that Faust joins with
_ASK_AGAIN_S = 0.3
_SETTLED_S = 30.0
_WARN_AGAIN_S = 5.0


class SegueApp(NoDataDirs, faust.App, Generic[Reader, Result]):
    """A Faust app that passes assigned and revoked partitions to its runner."""

    BootStrategy = NoWebServer
    runner: JobRunner[Reader, Result] | None = None  # from the first start on
    job: Job[Reader, Result]
    observer: Observer
    connection: Connection
    options: EngineOptions
    watch: TopicWatch

    async def on_first_start(self) -> None:
        """Join only when no member of another engine is left: a group has one protocol.

        A killed or stopped static member remains for the session timeout.
        """
        admin, warned_s = AdminClient(self.connection.confluent()), monotonic()
        while not self.should_stop and not await asyncio.to_thread(can_join, admin, self.conf.id):
            if monotonic() - warned_s > _WARN_AGAIN_S:
                self.observer(ClientWarning(self.job.role, f"group {self.conf.id} still has members of another engine"))
                warned_s = monotonic()
            await asyncio.sleep(_ASK_AGAIN_S)
        self.runner = JobRunner(self.job, self.connection, self.options, self.observer, self.watch, self._now)
        await super().on_first_start()

    async def on_stop(self) -> None:
        """Finish the current turn before Faust stops."""
        if self.runner:
            await self.runner.stop()
        await super().on_stop()

    async def take(self, stream: Any) -> None:
        """Pass records on, and nothing else: Faust acknowledges, and so loses, a record whose agent fails."""
        try:
            async for event in stream.noack().events():
                assert self.runner
                await self.runner.buffer.put(event.message)
        except Exception as error:  # noqa: BLE001  ends the process
            end_process(error)

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super()._on_partitions_revoked(revoked)
        assert self.runner
        await self.runner.revoked(self._of_input(revoked))

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        assert self.runner
        await self.runner.assigned(self._of_input(assigned))
        await super()._on_partitions_assigned(assigned, generation_id)

    def _now(self) -> tuple[Any, int]:
        return self.consumer, self.consumer_generation_id

    def _of_input(self, partitions: set[TP]) -> list[int]:
        return sorted(
            tp.partition for tp in partitions if tp.topic == self.connection.namespace.qualify(self.job.input_topic)
        )

    def _new_transport(self) -> CommittedOnlyTransport:
        return CommittedOnlyTransport(self.conf.broker_consumer, self, loop=self.loop)


def can_join(admin: AdminClient, group: str) -> bool:
    """Return True if the group is empty, or all members use this engine."""
    described = retry_transient(lambda: admin.describe_consumer_groups([group])[group].result(), _SETTLED_S)
    empty = described.state in (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD, ConsumerGroupState.UNKNOWN)
    return empty or described.partition_assignor == _ASSIGNOR


def create_app(
    job: Job[Reader, Result],
    connection: Connection,
    options: EngineOptions,
    observer: Observer,
    watch: TopicWatch,
) -> SegueApp[Reader, Result]:
    """Return a Faust app for one job, with a started watch over its topics. Nothing else connects before the start.

    Raise FaustVersionError or FaustConnectionError.
    """
    check_version()
    given, group = credentials(connection), connection.namespace.qualify(options.group_of(job.role))
    check_protocol(connection, given)
    app = SegueApp[Reader, Result](group, **app_settings(job, connection, options), broker_credentials=given)
    app.job, app.observer, app.connection, app.options, app.watch = job, observer, connection, options, watch
    topic = app.topic(connection.namespace.qualify(job.input_topic), schema=RawBytesSchema())

    async def run() -> None:
        assert app.runner
        await app.runner.run()

    app.agent(topic, name=f"segue-{job.role}")(app.take)
    app.task(run)
    return app


def app_settings(job: Job[Reader, Result], connection: Connection, options: EngineOptions) -> dict[str, Any]:
    """Return Faust's settings: no files, no server, no topic creation, short timeouts."""
    instance = options.instance_of(job.role)
    return (
        short_timeouts(options)
        | ({"consumer_group_instance_id": instance} if instance else {})
        | {
            "broker": [f"kafka://{address}" for address in connection.addresses],
            "store": "memory://",
            "processing_guarantee": "at_least_once",
            "web_enabled": False,
            "topic_allow_declare": False,
            "topic_disable_leader": True,
            "stream_wait_empty": False,
            "stream_recovery_delay": 0,
            "consumer_auto_offset_reset": "earliest",
            "consumer_metadata_max_age_ms": METADATA_MS,
            "TableManager": PauseBeforeSeekTables,
        }
    )
