"""Every workaround for a fault of Faust, and Faust without it.

The second half of a test fails once Faust has no such fault: then the workaround can be deleted.
"""

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
from aiokafka.errors import CommitFailedError, UnsupportedCodecError
from faust.app.base import BootStrategy
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from structlog.testing import capture_logs

from stream.engines.faust import workarounds
from stream.engines.faust.app import SegueApp, create_app
from stream.engines.faust.connection import FaustConnectionError, check_protocol, credentials
from stream.kafka.connection import Connection, Protocol
from stream.kafka.undeliverable import UndeliverableError
from stream.runtime.options import EngineOptions

WATCH: Any = None
JOB: Any = SimpleNamespace(role="segment", input_topic="user-events")
SASL = Connection(
    security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512", sasl_username="ann", sasl_password="secret"
)


def app(connection: Connection | None = None, **options: Any) -> SegueApp[Any, Any]:
    return create_app(JOB, connection or Connection(), EngineOptions(**options), lambda _: None, WATCH)


class Flow:
    """A stand-in for Faust's consumer, flow control and fetcher that records whether records flowed during a seek."""

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


@pytest.mark.parametrize(("recovery", "flows"), [(workarounds.PauseBeforeSeekRecovery, False), (Recovery, True)])
@pytest.mark.parametrize("way", ["_resume_streams", "on_recovery_completed"])
def test_no_record_flows_during_a_seek(recovery: type[Recovery], flows: bool, way: str) -> None:
    async def resume() -> Flow:
        its: Any = app()
        flow = Flow()
        its.consumer, its.flow_control, its._fetcher = flow, flow, flow
        its.consumer_generation_id = 7
        await getattr(recovery(its, its.tables), way)(7)
        return flow

    assert asyncio.run(resume()).flowed_while_seeking is flows


def test_the_app_uses_that_recovery() -> None:
    async def recovery() -> object:
        its: Any = app()
        return its.tables.recovery

    assert isinstance(asyncio.run(recovery()), workarounds.PauseBeforeSeekRecovery)


@pytest.mark.filterwarnings("ignore:Setting new value")
@pytest.mark.parametrize(("strategy", "serves"), [(workarounds.NoWebServer, False), (BootStrategy, True)])
def test_the_web_server_stays_off_even_where_the_command_line_turns_it_on(
    strategy: type[BootStrategy], serves: bool
) -> None:
    its = app()
    assert its.conf.web_enabled is False
    its.conf.web_enabled = True
    assert bool(list(strategy(its).web_server())) is serves
    assert isinstance(its.boot_strategy, workarounds.NoWebServer)


@pytest.mark.parametrize(
    ("thread", "level"),
    [(workarounds.CommittedOnlyThread, "read_committed"), (driver.AIOKafkaConsumerThread, "read_uncommitted")],
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


def test_the_app_uses_that_consumer() -> None:
    assert app()._new_transport().Consumer is workarounds.CommittedOnlyConsumer


@pytest.mark.parametrize(("made", "n_folders"), [(app, 0), (lambda: faust.App("other", store="memory://"), 1)])
def test_no_folders_are_created(
    made: Callable[[], faust.App], n_folders: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made()._create_directories()
    assert len(list(tmp_path.iterdir())) == n_folders


@pytest.mark.parametrize("value", [b"\x96\x00", b"{", b"", None])
@pytest.mark.parametrize("key", [b"\xff", None])
def test_a_message_that_is_no_json_keeps_its_bytes(key: bytes | None, value: bytes | None) -> None:
    event = asyncio.run(decoded(workarounds.RawBytesSchema(), key, value))
    assert (event.key, event.value) == (key, value)


def test_faust_drops_a_message_that_is_no_json() -> None:
    assert asyncio.run(decoded(faust.Schema(), b"ann", b"\x96\x00")) is None


async def decoded(schema: Any, key: bytes | None, value: bytes | None) -> Any:
    return await schema.decode(app(), SimpleNamespace(key=key, value=value, headers=[]))


def test_sasl_has_a_tls_context() -> None:
    given = credentials(SASL)
    check_protocol(SASL, given)
    assert driver.credentials_to_aiokafka_auth(given)["ssl_context"]


def test_sasl_without_a_context_would_be_plaintext_and_is_refused() -> None:
    bare = faust.SASLCredentials(username="ann", password="secret", mechanism="SCRAM-SHA-512")
    with pytest.raises(FaustConnectionError, match="SASL_PLAINTEXT instead of SASL_SSL"):
        check_protocol(SASL, bare)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_every_protocol_is_that_of_the_settings(protocol: Protocol) -> None:
    connection = Connection(security_protocol=protocol)
    check_protocol(connection, credentials(connection))


def test_another_faust_is_refused() -> None:
    workarounds.check_version(workarounds.PINNED)
    with pytest.raises(workarounds.FaustVersionError, match=r"needs faust-streaming 0\.15\.3, found 0\.16\.0"):
        workarounds.check_version("0.16.0")


def test_a_failure_ends_the_process_with_code_70() -> None:
    codes: list[int] = []
    workarounds.end_process(struct.error("a bug"), codes.append)
    assert codes == [70]


def test_a_cluster_that_refuses_for_good_ends_the_process_with_code_1() -> None:
    codes: list[int] = []
    workarounds.end_process(UndeliverableError("segment-changes", 29, "not authorized"), codes.append)
    assert codes == [1]


def test_a_codec_without_its_package_ends_the_process_with_a_remedy_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def undecodable(*_: object, **__: object) -> None:
        raise UnsupportedCodecError("Libraries for zstd compression codec not found")

    codes: list[int] = []
    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", undecodable)
    monkeypatch.setattr(workarounds.end_process, "__defaults__", (codes.append,))
    thread = object.__new__(workarounds.CommittedOnlyThread)
    with capture_logs() as logs:
        asyncio.run(thread._fetch_records(None, set()))
    assert codes == [70]
    assert "install the package cramjam" in logs[0]["error"]
    assert "exc_info" not in logs[0]


def test_timeouts_are_shorter_than_those_of_faust() -> None:
    conf, default = app(instance="one").conf, faust.App("other").conf
    assert (conf.broker_session_timeout, conf.broker_heartbeat_interval) == (10, 2)
    assert conf.broker_rebalance_timeout == 15
    assert conf.broker_rebalance_timeout < default.broker_rebalance_timeout
    assert conf.broker_session_timeout < default.broker_session_timeout
    assert conf.consumer_group_instance_id == "one-segment"


def test_a_late_commit_returns_the_reason() -> None:
    async def reason() -> str | None:
        async def late(_: object) -> None:
            raise CommitFailedError("already rebalanced")

        group = SimpleNamespace(commit=late)
        thread = SimpleNamespace(_ensure_consumer=lambda: group, thread_loop=asyncio.get_running_loop())
        return await workarounds.commit(SimpleNamespace(_thread=thread), "user-events", {0: 5})

    assert "already rebalanced" in (asyncio.run(reason()) or "")


def test_topic_and_group_have_the_prefix_of_the_deployment() -> None:
    its = app(Connection(topic_prefix="eu."))
    assert its.conf.id == "eu.segue-segment"
    assert its._of_input({faust.types.TP("eu.user-events", 3), faust.types.TP("user-events", 1)}) == [3]
