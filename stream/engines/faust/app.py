"""The Faust app that carries a job: for a Segue worker, and for people who embed it in a Faust deployment of theirs.

app = create_app(job, connection, options, observer)     # then `faust -A module:app worker`, or app.start()
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Generic

import faust
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from faust.types import TP

from stream.engines.faust.runner import JobRunner
from stream.engines.faust.workarounds import (
    CommittedOnlyTransport,
    FlowFirstTables,
    NoDataDirs,
    NoWebServer,
    RawBytesSchema,
    check_protocol,
    check_version,
    credentials,
    end_process,
    prompt_timeouts,
)
from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.runtime.events import ClientWarning, Observer
from stream.runtime.job import Job, Reader, Result
from stream.runtime.options import EngineOptions

_ASSIGNOR = "faust"  # the name of the protocol that Faust joins with
_ASK_AGAIN_S = 0.3
_SETTLED_S = 30.0
_SAY_AGAIN_S = 5.0


class SegueApp(NoDataDirs, faust.App, Generic[Reader, Result]):
    """A Faust app that tells its carrier which partitions come and go."""

    BootStrategy = NoWebServer
    carrier: JobRunner[Reader, Result] | None = None  # from the start on
    job: Job[Reader, Result]
    fan_out: Observer
    connection: Connection
    options: EngineOptions

    async def on_first_start(self) -> None:
        """Join only when no member of another engine is left: a group has one protocol. A killed or stopped static
        member stays for its session timeout."""
        admin, said_s = AdminClient(self.connection.confluent()), monotonic()
        while not self.should_stop and not await asyncio.to_thread(can_join, admin, self.conf.id):
            if monotonic() - said_s > _SAY_AGAIN_S:
                self.fan_out(ClientWarning(self.job.role, f"group {self.conf.id} still has members of another engine"))
                said_s = monotonic()
            await asyncio.sleep(_ASK_AGAIN_S)
        self.carrier = JobRunner(self.job, self.connection, self.options, self.fan_out, self._now)
        await super().on_first_start()

    async def on_stop(self) -> None:
        """First the turn in hand, then Faust."""
        if self.carrier:
            await self.carrier.stop()
        await super().on_stop()

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super()._on_partitions_revoked(revoked)
        assert self.carrier
        await self.carrier.revoked(self._of_input(revoked))

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        assert self.carrier
        await self.carrier.assigned(self._of_input(assigned))
        await super()._on_partitions_assigned(assigned, generation_id)

    def _now(self) -> tuple[Any, int]:
        return self.consumer, self.consumer_generation_id

    def _of_input(self, partitions: set[TP]) -> list[int]:
        return sorted(tp.partition for tp in partitions if tp.topic == self.job.input_topic)

    def _new_transport(self) -> CommittedOnlyTransport:
        return CommittedOnlyTransport(self.conf.broker_consumer, self, loop=self.loop)


def can_join(admin: AdminClient, group: str) -> bool:
    """Whether the group is empty, or its members are this engine's."""
    described = retry_transient(lambda: admin.describe_consumer_groups([group])[group].result(), _SETTLED_S)
    empty = described.state in (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD, ConsumerGroupState.UNKNOWN)
    return empty or described.partition_assignor == _ASSIGNOR


def create_app(
    job: Job[Reader, Result], connection: Connection, options: EngineOptions, observer: Observer
) -> SegueApp[Reader, Result]:
    """A Faust app of its own for one job; nothing connects before it starts. Raises FaustVersionError and
    FaustConnectionError."""
    check_version()
    given = credentials(connection)
    check_protocol(connection, given)
    app = SegueApp[Reader, Result](
        options.group_of(job.role), **app_settings(job, connection, options), broker_credentials=given
    )
    app.job, app.fan_out, app.connection, app.options = job, observer, connection, options
    topic = app.topic(job.input_topic, schema=RawBytesSchema())

    async def take(stream: Any) -> None:
        """Nothing but handing over: what fails in an agent is acknowledged and lost."""
        try:
            async for event in stream.noack().events():
                assert app.carrier
                await app.carrier.intake.put(event.message)
        except Exception as error:  # noqa: BLE001  ends the process
            end_process(error)

    async def carry() -> None:
        assert app.carrier
        await app.carrier.run()

    app.agent(topic, name=f"segue-{job.role}")(take)
    app.task(carry)
    return app


def app_settings(job: Job[Reader, Result], connection: Connection, options: EngineOptions) -> dict[str, Any]:
    """Faust's settings: nothing on disk, nothing listening, no topics made, promptly noticed deaths."""
    instance = options.instance_of(job.role)
    return (
        prompt_timeouts(options)
        | ({"consumer_group_instance_id": instance} if instance else {})
        | {
            "broker": [f"kafka://{address.strip()}" for address in connection.bootstrap_servers.split(",")],
            "store": "memory://",
            "processing_guarantee": "at_least_once",
            "web_enabled": False,
            "topic_allow_declare": False,
            "topic_disable_leader": True,
            "stream_wait_empty": False,
            "stream_recovery_delay": 0,
            "consumer_auto_offset_reset": "earliest",
            "TableManager": FlowFirstTables,
        }
    )
