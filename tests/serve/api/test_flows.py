"""Flows count the changes of the topic, with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.serve.filled import KNOWN, STRANGE, asking, changes_of, filled_store, parts

API = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(parts(filled_store(tmp_path_factory.mktemp("store")))) as client:
        yield client


def counted() -> Counter[tuple[str, str]]:
    """Return the changes of the topic by segments, and the newest of KNOWN once more for each of STRANGE."""
    changes = [change for user in (KNOWN, "bob") for change in changes_of(user)]
    pairs = Counter((change["from"]["id"], change["to"]["id"]) for change in changes)
    pairs[changes[0]["from"]["id"], changes[0]["to"]["id"]] += len(STRANGE)
    return pairs


def of(answer: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, str], int]:
    return {(flow["from_id"], flow["to_id"]): flow["n_changes"] for flow in answer["items"]}


def test_flows_are_the_changes_of_the_topic(client: TestClient) -> None:
    assert of(client.get(f"{API}/flows").json()) == counted()


def test_flows_of_a_segment_are_those_into_it_and_out_of_it(client: TestClient) -> None:
    segment = changes_of(KNOWN)[0]["to"]["id"]
    expected = {pair: n for pair, n in counted().items() if segment in pair}
    assert of(client.get(f"{API}/segments/{segment}/flows").json()) == expected
    into = of(client.get(f"{API}/flows?to_segment={segment}").json())
    assert into == {pair: n for pair, n in expected.items() if pair[1] == segment}


def test_a_flow_has_its_reasons(client: TestClient) -> None:
    [largest, *_] = client.get(f"{API}/flows").json()["items"]
    texts = {item["text"] for item in changes_of(KNOWN)[0]["evidence"]["items"]}
    assert texts & {reason["text"] for reason in largest["reasons"]}


def test_a_period_before_everything_is_empty(client: TestClient) -> None:
    assert client.get(f"{API}/flows?since_ms=0&until_ms=1").json() == {"items": [], "since_ms": 0, "until_ms": 1}
