"""Users' segments and changes are answered as they are on the topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from stream.wire.topics import USER_SEGMENTS
from tests.published_records import published_records
from tests.serve.filled import ERASED, IDENTITY, KNOWN, STRANGE, asking, changes_of, filled_store, parts, value_of

API = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(parts(filled_store(tmp_path_factory.mktemp("store")))) as client:
        yield client


def address(user: str) -> str:
    return f"{API}/users/{quote(user, safe='').replace('.', '%2e')}"


def test_a_user_is_the_record_of_the_topic_byte_for_byte(client: TestClient) -> None:
    [*_, newest] = [r.value for r in published_records() if r.topic == USER_SEGMENTS and r.key == KNOWN.encode()]
    assert client.get(address(KNOWN)).content == newest


@pytest.mark.parametrize("user", STRANGE, ids=repr)
def test_any_id_of_the_contract_is_found(client: TestClient, user: str) -> None:
    assert client.get(address(user)).json()["user"] == user
    assert [change["user"] for change in client.get(f"{address(user)}/changes").json()["items"]] == [user]
    assert client.get(f"{address(user)}/changes/1").json()["user"] == user


@pytest.mark.parametrize("user", ["nobody", ERASED])
def test_an_unknown_and_an_erased_user_are_not_known(client: TestClient, user: str) -> None:
    for part in ("", "/changes"):
        answer = client.get(address(user) + part)
        assert (answer.status_code, answer.json()["type"]) == (404, "/api/v1/docs#no-such-user")
    assert client.get(f"{address(user)}/changes/1").json()["type"] == "/api/v1/docs#no-such-change"


def test_changes_are_those_of_the_topic_page_by_page(client: TestClient) -> None:
    found, before = [], ""
    while True:
        page = client.get(f"{address(KNOWN)}/changes?limit=2{before}").json()
        found += page["items"]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert found == changes_of(KNOWN)
    assert len(found) > 2


def test_a_page_beyond_the_end_is_empty(client: TestClient) -> None:
    assert client.get(f"{address(KNOWN)}/changes?before=1").json() == {"items": [], "next": None}


def test_one_change_is_that_of_the_topic(client: TestClient) -> None:
    for change in changes_of(KNOWN):
        assert client.get(f"{address(KNOWN)}/changes/{change['sequence']}").json() == change


def test_a_client_with_the_content_gets_304_until_it_changes(client: TestClient) -> None:
    first = client.get(address(KNOWN))
    again = client.get(address(KNOWN), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = client.get(address(STRANGE[0]), headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_the_answer_says_how_old_it_is(client: TestClient) -> None:
    headers = client.get(address(KNOWN)).headers
    assert {name: headers[f"segue-{name}"] for name in ("state", "lag", "age-ms", "revision")} == {
        "state": "live",
        "lag": "3",
        "age-ms": "1500",
        "revision": "7",
    }


def test_a_lookup_finds_the_known_and_names_the_unknown(client: TestClient) -> None:
    asked = [KNOWN, "nobody", ERASED, *STRANGE, KNOWN]
    answer = client.post(f"{API}/lookup", json={"users": asked}).json()
    assert list(answer["found"]) == [KNOWN, *STRANGE]
    assert answer["found"][KNOWN] == value_of(USER_SEGMENTS, KNOWN)
    assert answer["unknown"] == ["nobody", ERASED]


def test_a_thousand_users_are_looked_up_at_once(client: TestClient) -> None:
    asked = [f"user-{number}" for number in range(999)] + [KNOWN]
    answer = client.post(f"{API}/lookup", json={"users": asked})
    assert (len(answer.json()["unknown"]), list(answer.json()["found"])) == (999, [KNOWN])


def test_latest_changes_show_users_by_hash(client: TestClient) -> None:
    answer = client.get(f"{API}/changes?limit=1000").json()
    shown = {change["user"] for change in answer["items"]}
    assert IDENTITY.shown_user(KNOWN) in shown
    assert not shown & {KNOWN, *STRANGE}
    later = client.get(f"{API}/changes?after={answer['newest_row']}").json()
    assert later == {"items": [], "newest_row": answer["newest_row"]}


def test_where_ids_are_allowed_latest_changes_show_them(tmp_path: Path) -> None:

    made = parts(filled_store(tmp_path))
    with asking(replace(made, identity=replace(IDENTITY, member_ids=True))) as client:
        assert KNOWN in {change["user"] for change in client.get(f"{API}/changes").json()["items"]}
