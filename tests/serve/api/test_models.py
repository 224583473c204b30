"""Models, decisions and lineage are answered as on the topics, the newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from stream.wire.segment_models import load_segment_model
from stream.wire.topics import SEGMENT_LINEAGE, SEGMENT_PROMOTIONS
from tests.published_records import published_records
from tests.serve.filled import asking, parts, trained_store

API = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(parts(trained_store(tmp_path_factory.mktemp("store")))) as client:
        yield client


def newest_first(topic: str) -> list[object]:
    return [json.loads(r.value) for r in reversed(published_records()) if r.topic == topic and r.value]


def test_decisions_and_lineage_are_those_of_the_topics(client: TestClient) -> None:
    assert client.get(f"{API}/promotions").json()["items"] == newest_first(SEGMENT_PROMOTIONS)
    assert client.get(f"{API}/lineage").json()["items"] == newest_first(SEGMENT_LINEAGE)
    assert client.get(f"{API}/lineage?limit=2").json()["items"] == newest_first(SEGMENT_LINEAGE)[:2]


def test_decisions_are_found_by_status(client: TestClient) -> None:
    assert client.get(f"{API}/promotions?status=promoted").json()["items"] == newest_first(SEGMENT_PROMOTIONS)
    assert client.get(f"{API}/promotions?status=held").json()["items"] == []


def test_one_model_serves_and_its_document_can_be_loaded(client: TestClient) -> None:
    [serving] = [each for each in client.get(f"{API}/models").json()["items"] if each["serves"]]
    model = load_segment_model(client.get(f"{API}/models/{serving['version']}").content)
    assert (model.version, len(model.ids)) == (serving["version"], serving["n_segments"])


def test_an_unknown_version_is_not_known(client: TestClient) -> None:
    answer = client.get(f"{API}/models/99")
    assert (answer.status_code, answer.json()["type"]) == (404, "/api/v1/docs#no-such-model")
