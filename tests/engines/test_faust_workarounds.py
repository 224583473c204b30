"""Every measure against a fault of Faust, and Faust without it: the second half fails when a fault is mended, and then
the measure can go."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("faust", reason="needs the extra `faust`")

import faust
from aiokafka.errors import CommitFailedError
from faust.app.base import BootStrategy
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver

from stream.engines.faust import workarounds as holes
from stream.engines.faust.app import SegueApp, create_app
from stream.kafka.connection import Connection, Protocol
from stream.runtime.options import EngineOptions

JOB: Any = SimpleNamespace(role="segment", input_topic="user-events")
SASL = Connection(
    security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512", sasl_username="ann", sasl_password="secret"
)


def app(connection: Connection | None = None, **options: Any) -> SegueApp[Any, Any]:
    return create_app(JOB, connection or Connection(), EngineOptions(**options), lambda _: None)


class Flow:
    """Stands for Faust's consumer, its flow control and its fetcher; keeps whether records flowed while seeking."""

    def __init__(self) -> None:
        self.flows, self.flowed_while_seeking = True, False

    def stop_flow(self) -> None:
        self.flows = False

    suspend = stop_flow

    def resume_flow(self) -> None:
        self.flows = True

    resume = resume_flow

    def assignment(self) -> set[faust.types.TP]:
        return {faust.types.TP("user-events", 0)}

    def resume_partitions(self, _: object) -> None:
        self.flowed_while_seeking = self.flows

    async def perform_seek(self) -> None:
        self.flowed_while_seeking |= self.flows

    async def maybe_start(self) -> None: ...


@pytest.mark.parametrize(("recovery", "flows"), [(holes.FlowFirstRecovery, False), (Recovery, True)])
@pytest.mark.parametrize("way", ["_resume_streams", "on_recovery_completed"])
def test_no_record_flows_while_partitions_are_sought(recovery: type[Recovery], flows: bool, way: str) -> None:
    async def resume() -> Flow:
        its: Any = app()
        flow = Flow()
        its.consumer, its.flow_control, its._fetcher = flow, flow, flow
        its.consumer_generation_id = 7
        await getattr(recovery(its, its.tables), way)(7)
        return flow

    assert asyncio.run(resume()).flowed_while_seeking is flows


def test_the_app_recovers_by_that_recovery() -> None:
    async def recovery() -> object:
        its: Any = app()
        return its.tables.recovery

    assert isinstance(asyncio.run(recovery()), holes.FlowFirstRecovery)


@pytest.mark.filterwarnings("ignore:Setting new value")
@pytest.mark.parametrize(("strategy", "serves"), [(holes.NoWebServer, False), (BootStrategy, True)])
def test_the_web_server_stays_off_even_where_the_command_line_turns_it_on(
    strategy: type[BootStrategy], serves: bool
) -> None:
    its = app()
    assert its.conf.web_enabled is False
    its.conf.web_enabled = True
    assert bool(list(strategy(its).web_server())) is serves
    assert isinstance(its.boot_strategy, holes.NoWebServer)


@pytest.mark.parametrize(
    ("thread", "level"),
    [(holes.CommittedOnlyThread, "read_committed"), (driver.AIOKafkaConsumerThread, "read_uncommitted")],
)
def test_records_of_aborted_transactions_are_not_read(thread: type[driver.AIOKafkaConsumerThread], level: str) -> None:
    async def isolation() -> str:
        its: Any = app()
        faust_consumer: Any = SimpleNamespace(
            app=its, transport=its.transport, in_transaction=False, RebalanceListener=driver.ConsumerRebalanceListener
        )
        consumer = thread(faust_consumer, thread_loop=asyncio.get_running_loop())._create_worker_consumer(its.transport)
        consumer._closed = True  # it was never connected
        return str(consumer._isolation_level)

    assert asyncio.run(isolation()) == level


def test_the_app_consumes_by_that_thread() -> None:
    assert app()._new_transport().Consumer is holes.CommittedOnlyConsumer


@pytest.mark.parametrize(("made", "n_folders"), [(app, 0), (lambda: faust.App("other", store="memory://"), 1)])
def test_no_folders_are_made(
    made: Callable[[], faust.App], n_folders: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made()._create_directories()
    assert len(list(tmp_path.iterdir())) == n_folders


@pytest.mark.parametrize("value", [b"\x96\x00", b"{", b"", None])
@pytest.mark.parametrize("key", [b"\xff", None])
def test_a_message_that_is_no_json_comes_as_it_is(key: bytes | None, value: bytes | None) -> None:
    event = asyncio.run(decoded(holes.RawBytesSchema(), key, value))
    assert (event.key, event.value) == (key, value)


def test_faust_takes_it_for_done() -> None:
    assert asyncio.run(decoded(faust.Schema(), b"ann", b"\x96\x00")) is None


async def decoded(schema: Any, key: bytes | None, value: bytes | None) -> Any:
    return await schema.decode(app(), SimpleNamespace(key=key, value=value, headers=[]))


def test_sasl_has_a_tls_context() -> None:
    given = holes.credentials(SASL)
    holes.check_protocol(SASL, given)
    assert driver.credentials_to_aiokafka_auth(given)["ssl_context"]


def test_sasl_without_a_context_would_be_plaintext_and_is_refused() -> None:
    bare = faust.SASLCredentials(username="ann", password="secret", mechanism="SCRAM-SHA-512")
    with pytest.raises(holes.FaustConnectionError, match="SASL_PLAINTEXT instead of SASL_SSL"):
        holes.check_protocol(SASL, bare)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_every_protocol_is_the_one_that_was_asked_for(protocol: Protocol) -> None:
    connection = Connection(security_protocol=protocol)
    holes.check_protocol(connection, holes.credentials(connection))


def test_another_faust_is_refused() -> None:
    holes.check_version(holes.PINNED)
    with pytest.raises(holes.FaustVersionError, match=r"needs faust-streaming 0\.15\.3, found 0\.16\.0"):
        holes.check_version("0.16.0")


def test_a_failure_leaves_at_once() -> None:
    codes: list[int] = []
    holes.end_process(struct.error("a bug"), codes.append)
    assert codes == [70]


def test_deaths_are_noticed_promptly() -> None:
    conf, default = app(instance="one").conf, faust.App("other").conf
    assert (conf.broker_session_timeout, conf.broker_heartbeat_interval) == (10, 2)
    assert conf.broker_rebalance_timeout == 15
    assert conf.broker_rebalance_timeout < default.broker_rebalance_timeout
    assert conf.broker_session_timeout < default.broker_session_timeout
    assert conf.consumer_group_instance_id == "one-segment"


def test_a_commit_that_comes_too_late_is_told_not_raised() -> None:
    async def told() -> str | None:
        async def late(_: object) -> None:
            raise CommitFailedError("already rebalanced")

        group = SimpleNamespace(commit=late)
        thread = SimpleNamespace(_ensure_consumer=lambda: group, thread_loop=asyncio.get_running_loop())
        return await holes.commit(SimpleNamespace(_thread=thread), "user-events", {0: 5})

    assert "already rebalanced" in (asyncio.run(told()) or "")
