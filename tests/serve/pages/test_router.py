"""Every page over a hand-made store: well formed, escaped, and with the figures of the queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from stream.serve.pages.router import ROUTES
from stream.store.queries.flows import flows
from stream.store.queries.segments import segment_rows
from stream.store.store import open_store
from tests.serve.pages.html_check import faults_of
from tests.serve.pages.records import HOSTILE, T0
from tests.serve.pages.stored import ARABIC_USER, HASHED, HOSTILE_USER, LONG_USER, client_of, records, store_of

PAGES = [
    "/",
    "/segments",
    "/segments?sort=name",
    *(f"/segment?id={segment}" for segment in ("s-0001", "s-0002", "s-0003", "s-0004", "unknown", "inactive")),
    "/segment/members?id=s-0003",
    "/flows?period=month",
    "/flows?period=all",
    "/flow?from=s-0001&to=s-0002&period=all",
    "/changes",
    "/changes?segment=s-0002&rule=margin_and_dwell",
    "/alerts",
    "/alerts?flag=rare",
    "/deliveries",
    *(f"/user?id={quote(user, safe='')}" for user in ("ann", "eve", LONG_USER, ARABIC_USER, HOSTILE_USER)),
    "/user?id=ann&before=6",
    "/explanation?id=ann&sequence=3",
    "/map",
    "/models",
    "/health",
]


def test_the_list_has_every_page() -> None:
    assert {page.partition("?")[0] for page in PAGES} == ROUTES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_well_formed(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert faults_of(answer.text) == []


@pytest.mark.parametrize("page", PAGES)
def test_no_name_or_id_becomes_an_element(client: TestClient, page: str) -> None:
    assert HOSTILE not in client.get(page).text


def test_a_hostile_name_is_shown_as_it_is(client: TestClient) -> None:
    for page in ("/segments", "/flows?period=all", "/changes", f"/user?id={quote(HOSTILE_USER, safe='')}"):
        assert HOSTILE in unescape(client.get(page).text), page


def test_every_page_says_how_fresh_its_figures_are(client: TestClient) -> None:
    for page in PAGES:
        html = client.get(page).text
        assert 'id="live-state" role="status" data-state="live"' in html
        assert re.search(r'data-live="freshness:lag" data-value="3">3 records<', html)


def live_figures(html: str) -> Iterator[tuple[str, float]]:
    """Yield key and number of each live figure of a page."""
    for key, value in re.findall(r'data-live="([^"]+)"[^>]* data-value="([^"]+)"', html):
        yield unescape(key), float(value)


def test_the_figures_of_segments_are_those_of_the_store(client: TestClient, stored: Path) -> None:
    shown = dict(live_figures(client.get("/segments").text))
    rows = segment_rows(open_store(stored))
    for row in rows:
        assert shown[f"segment:{row.id}:n_users"] == row.n_users
        assert shown[f"segment:{row.id}:share"] == pytest.approx(row.share)
        assert shown[f"segment:{row.id}:entered"] == row.n_entered
        assert shown[f"segment:{row.id}:left"] == row.n_left
    assert shown["total:n_users"] == sum(row.n_users for row in rows) == 6


def test_the_flows_of_a_period_are_those_of_the_store(client: TestClient, stored: Path) -> None:
    html = client.get("/flows?period=all").text
    shown = {
        (a, b): int(n)
        for a, b, n in re.findall(r'<tr data-from="([^"]+)" data-to="([^"]+)".*? data-value="(\d+)"', html)
    }
    found = flows(open_store(stored), 0, T0 + 10**9)
    assert shown == {(flow.from_id, flow.to_id): flow.n_users for flow in found if flow.from_id != "pending"}
    assert ("s-0001", "s-0002") in shown


def test_a_flow_names_its_reasons_summed(client: TestClient, stored: Path) -> None:
    html = client.get("/flow?from=s-0001&to=s-0002&period=all").text
    (flow,) = flows(open_store(stored), 0, T0 + 10**9, "s-0001", "s-0002")
    assert {reason.text for reason in flow.reasons} == {"strained peaches", "weekends"}
    for reason in flow.reasons:
        assert re.search(rf"<bdi>{reason.text}</bdi>.*?<td class=\"n\">{reason.n_changes}</td>", html)


def test_a_held_model_tells_the_moves_it_would_cause(client: TestClient) -> None:
    html = client.get("/models").text
    assert "would move 25% of the users" in html
    assert re.search(r'data-from="s-0001" data-to="s-0002".*?data-value="37"', html)


def test_a_split_is_told_as_a_split(client: TestClient) -> None:
    for page in ("/segment?id=s-0001", "/models"):
        assert "55% stayed" in client.get(page).text


def test_a_figure_beyond_its_limit_is_on_the_first_screens(client: TestClient) -> None:
    for page in ("/", "/alerts", "/health"):
        assert "Share of unknown users: 12.5%, limit 5%." in client.get(page).text


def test_no_list_tells_an_id_unless_ids_are_allowed(stored: Path) -> None:
    hashed = client_of(stored, HASHED)
    for page in PAGES:
        if not page.startswith(("/user", "/explanation")):
            html = hashed.get(page).text
            assert LONG_USER not in html
            assert not re.search(r">\s*ann\s*<|id=ann", html), page
    (link,) = set(re.findall(r'href="(/user\?ref=[^"]+)"', hashed.get("/segment/members?id=unknown").text))
    assert "unlike any segment" not in hashed.get(unescape(link)).text
    assert hashed.get(unescape(link)).status_code == 200


def test_the_journey_goes_on_page_by_page(client: TestClient) -> None:
    seen, address = [], "/user?id=ann"
    while address:
        html = client.get(address).text
        seen += re.findall(r"How change (\d+) was decided", html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = unescape(following[1]) if following else ""
    assert seen == [str(n) for n in range(25, 0, -1)]


def test_the_members_of_a_segment_go_on_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.serve.pages.marketing.N_MEMBERS", 2)
    first = client.get("/segment/members?id=s-0003").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get(unescape(following[1])).text
    shown = [re.findall(r'<th scope="row"><a class="id"', html) for html in (first, second)]
    assert [len(each) for each in shown] == [2, 1]
    assert 'rel="next"' not in second


BAD = [
    ("/user?id=nobody", 404, "This user is not known"),
    ("/user?id=gone", 404, "This user is not known"),
    ("/user", 400, "There is no user id"),
    ("/user?id=%20", 400, "There is no user id"),
    (f"/user?id={'x' * 10_000}", 400, "This user id is too long"),
    ("/user?id=%ff%fe", 404, "This user is not known"),
    ("/user?ref=no-such-seal", 404, "This link is not known"),
    ("/user?id=ann&before=1", 404, "There are no earlier changes"),
    ("/user?id=ann&before=-3", 400, "This number cannot be read"),
    (f"/user?id=ann&before={'9' * 40}", 400, "This number cannot be read"),
    ("/explanation?id=ann&sequence=99", 404, "There is no such change"),
    ("/explanation?id=ann&sequence=one", 400, "This number cannot be read"),
    ("/segment?id=s-9999", 404, "There is no such segment"),
    ("/segment", 404, "There is no such segment"),
    ("/segment/members?id=s-0001&after=zzz", 400, "This page of members is not known"),
    ("/segments?sort=luck", 400, "This order is not known"),
    ("/flows?period=fortnight", 400, "This period cannot be read"),
    ("/flows?since=never", 400, "This period cannot be read"),
    ("/flow?from=a&to=b", 404, "There is no such flow"),
    ("/alerts?flag=none", 400, "There is no such kind of alert"),
]


@pytest.mark.parametrize(("page", "status", "title"), BAD)
def test_a_request_that_cannot_be_answered_is_a_page_with_advice(
    client: TestClient, page: str, status: int, title: str
) -> None:
    answer = client.get(page)
    assert (answer.status_code, faults_of(answer.text)) == (status, [])
    assert f"<h1>{title}</h1>" in answer.text


def test_an_erased_user_is_on_no_page(client: TestClient) -> None:
    for page in PAGES:
        assert not re.search(r"\bid=gone\b", client.get(page).text), page


@pytest.mark.parametrize("page", [page for page in PAGES if "id=" not in page and "/flow?" not in page])
def test_a_page_of_an_empty_system_says_what_to_do(tmp_path: Path, page: str) -> None:
    answer = client_of(store_of(tmp_path / "empty.store", iter(()))).get(page)
    assert (answer.status_code, faults_of(answer.text)) == (200, [])
    if page != "/health":
        assert "<code>segue worker</code>" in answer.text


def test_users_without_a_model_are_told_so(tmp_path: Path) -> None:
    pinned = [record for record in records() if record.topic == "user-segments"]
    client = client_of(store_of(tmp_path / "pinned.store", iter(pinned)))
    for page in ("/", "/segments", "/models", "/map", "/health"):
        answer = client.get(page)
        assert (answer.status_code, faults_of(answer.text)) == (200, []), page
    assert "no segment model yet" in client.get("/models").text


def test_without_a_store_every_page_says_where_it_is_missing(tmp_path: Path) -> None:
    for page in ROUTES:
        answer = client_of(tmp_path / "missing.store").get(page)
        assert (answer.status_code, faults_of(answer.text)) == (503, [])
        assert "missing.store" in answer.text
