"""Segments with their members and sizes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from stream.wire.topics import SEGMENTS, USER_SEGMENTS
from tests.published_records import published_records
from tests.serve.filled import IDENTITY, KNOWN, STRANGE, asking, filled_store, parts, value_of

API = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(parts(filled_store(tmp_path_factory.mktemp("store")))) as client:
        yield client


def home() -> str:
    """Return the segment of KNOWN, where STRANGE are too."""
    return str(value_of(USER_SEGMENTS, KNOWN)["segment"]["id"])


def latest(topic: str) -> dict[str, dict[str, object]]:
    """Return the newest value of each key of a compacted topic."""
    records = [r for r in published_records() if r.topic == topic and r.key is not None]
    return {r.key.decode(): json.loads(r.value) for r in records if r.key is not None and r.value is not None}


def test_sizes_are_counts_of_the_topic(client: TestClient) -> None:
    counted = Counter(value["segment"]["id"] for value in latest(USER_SEGMENTS).values())  # type: ignore[index]
    counted[home()] += len(STRANGE)
    found = {row["id"]: row["n_users"] for row in client.get(f"{API}/segments").json()["items"]}
    assert {segment: n for segment, n in found.items() if n} == counted


def test_the_catalogue_lists_every_current_segment_and_the_reserved_ones(client: TestClient) -> None:
    found = [row["id"] for row in client.get(f"{API}/segments").json()["items"]]
    assert {segment for segment, value in latest(SEGMENTS).items() if not value["retired"]} <= set(found)
    assert found[-2:] == ["unknown", "inactive"]


def test_a_segment_is_its_record_and_its_figures(client: TestClient) -> None:
    for segment, value in latest(SEGMENTS).items():
        answer = client.get(f"{API}/segments/{segment}").json()
        assert answer["catalogue"] == value
        assert answer["figures"] is None or answer["figures"]["id"] == segment
    assert client.get(f"{API}/segments/unknown").json()["catalogue"] is None


@pytest.mark.parametrize("part", ["", "/members", "/trend", "/flows"])
def test_an_unknown_segment_is_not_known(client: TestClient, part: str) -> None:
    for segment in ("s-9999", "%00", "%3Cscript%3E", "x" * 257):
        answer = client.get(f"{API}/segments/{segment}{part}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/api/v1/docs#no-such-segment")


def test_members_are_listed_once_each_by_hash(client: TestClient) -> None:
    found, cursor = [], ""
    while True:
        page = client.get(f"{API}/segments/{home()}/members?limit=3{cursor}").json()
        found += [member["user"] for member in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 3
        assert KNOWN not in page["next"]
        cursor = f"&cursor={page['next']}"
    assert Counter(found) == Counter(map(IDENTITY.shown_user, (KNOWN, *STRANGE)))


def test_a_cursor_at_or_beyond_the_end_gives_an_empty_page(client: TestClient) -> None:
    cursor = IDENTITY.seal("\U0010ffff")
    answer = client.get(f"{API}/segments/{home()}/members?cursor={cursor}").json()
    assert answer == {"items": [], "next": None}


def test_the_trend_ends_with_the_size_of_now(client: TestClient) -> None:
    points = client.get(f"{API}/segments/{home()}/trend?points=5").json()["items"]
    figures = client.get(f"{API}/segments/{home()}").json()["figures"]
    assert len(points) == 5
    assert points[-1]["n_users"] == figures["n_users"]


def test_no_user_is_about_to_move_without_profiles_of_the_serving_model(client: TestClient) -> None:
    assert client.get(f"{API}/about-to-move").json() == {"items": []}
