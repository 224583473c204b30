"""A registry by HTTP: what is an answer, what is none, and what is wrong with the set-up."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import trustme

from stream.formats.registry import SchemaRegistry, UnknownSchemaError
from stream.formats.registry_settings import Registry, RegistryError
from stream.runtime.job import UnavailableError
from tests.registry_server import RegistryServer, registry_server

SCHEMA = {"schema": '{"type": "record", "name": "E", "fields": []}'}


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with registry_server() as server:
        yield server


def registry(server: RegistryServer, **settings: str) -> SchemaRegistry:
    """A client of the server."""
    return SchemaRegistry(Registry(server.url, registry_allow_http=True, **settings))


def test_a_schema_is_found_by_id_by_guid_and_by_version(server: RegistryServer) -> None:
    made = server.store.register("events-value", SCHEMA)
    client = registry(server)
    client.check()
    assert client.schema(made["id"]).schema_str == SCHEMA["schema"]
    assert client.schema(UUID(made["guid"])).schema_str == SCHEMA["schema"]
    assert client.version("events-value", 1).schema_str == SCHEMA["schema"]


def test_a_schema_may_be_had_as_stored_and_serialized(server: RegistryServer) -> None:
    server.store.serialized["syntax = 'proto3';"] = "AAAA"
    made = server.store.register("p", {"schema": "syntax = 'proto3';", "schemaType": "PROTOBUF"})
    client = registry(server)
    for _ in range(2):
        assert client.schema(made["id"]).schema_str == "syntax = 'proto3';"
        assert client.schema(made["id"], serialized=True).schema_str == "AAAA"
        assert client.version("p", 1, serialized=True).schema_str == "AAAA"
    assert len(server.requests) == 3


def test_what_the_registry_does_not_have_is_an_answer(server: RegistryServer) -> None:
    client = registry(server)
    for name in (7, uuid4()):
        with pytest.raises(UnknownSchemaError):
            client.schema(name)
    with pytest.raises(UnknownSchemaError):
        client.version("nothing", 1)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_any_other_failure_is_no_answer_and_the_next_question_may_have_one(server: RegistryServer, status: int) -> None:
    made = server.store.register("events-value", SCHEMA)
    client = registry(server)
    server.failing = status
    with pytest.raises(UnavailableError, match=f"{server.url} gives no schema.*SEGUE_REGISTRY_URL"):
        client.schema(made["id"])
    server.failing = 0
    assert client.schema(made["id"]).schema_str == SCHEMA["schema"]


def test_a_registry_without_guids_is_an_answer_and_not_a_record_that_stops_its_partition(
    server: RegistryServer,
) -> None:
    client = registry(server)
    server.failing = 404
    with pytest.raises(UnknownSchemaError):
        client.schema(uuid4())


def test_a_registry_that_is_down_is_no_answer(server: RegistryServer) -> None:
    client = registry(server)
    server.stop()
    with pytest.raises(UnavailableError, match="SEGUE_REGISTRY_URL"):
        client.schema(1)
    with pytest.raises(UnavailableError, match="SEGUE_REGISTRY_URL"):
        client.check()
    server.start()
    client.check()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"registry_username": "segue", "registry_password": "wrong"},
        {"registry_token": "wrong"},
    ],
)
def test_a_registry_that_refuses_us_is_a_wrong_set_up(settings: dict[str, str]) -> None:
    with (
        registry_server(password="right") as server,
        pytest.raises(RegistryError, match="SEGUE_REGISTRY_USERNAME") as caught,
    ):
        registry(server, **settings).check()
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    "settings", [{"registry_username": "segue", "registry_password": "right"}, {"registry_token": "right"}]
)
def test_a_password_or_a_token_opens_the_registry(settings: dict[str, str]) -> None:
    with registry_server(password="right") as server:
        registry(server, **settings).check()


def test_an_address_without_a_registry_is_a_wrong_set_up(server: RegistryServer) -> None:
    server.failing = 404
    with pytest.raises(RegistryError, match="not the address of a schema registry"):
        registry(server).check()


@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere.example"])
def test_only_a_certificate_of_the_given_authority_and_this_host_is_trusted(host: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with registry_server(context=context) as server:
        with pytest.raises(RegistryError, match=r"no trust.*SEGUE_REGISTRY_CAFILE"):
            SchemaRegistry(Registry(server.url)).check()
        trusting = SchemaRegistry(Registry(server.url, registry_cafile=str(tmp_path / "ca.pem")))
        if host == "127.0.0.1":
            trusting.check()
            return
        with pytest.raises(RegistryError, match="no trust"):
            trusting.check()
