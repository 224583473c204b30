"""The page of documentation loads nothing from elsewhere and leads to everything that it names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stream.serve.problems import DOCUMENTATION, Problem
from stream.web.vendored import STATIC
from tests.serve.api.test_openapi import DOCUMENT
from tests.serve.filled import SCRIPT, asking, empty_store, parts


class Links(HTMLParser):
    """A reader of links, ids, and inline styles or scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag in ("script", "style") else []


@pytest.fixture
def page(tmp_path: Path) -> str:
    with asking(parts(empty_store(tmp_path))) as client:
        answer = client.get(DOCUMENTATION)
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_it_loads_own_files_only_and_nothing_inline(page: str) -> None:
    found = Links(page)
    assert found.inline == []
    files = [link for link in found.links if link.startswith("/static/")]
    assert files
    assert all((STATIC / link.removeprefix("/static/")).is_file() for link in files)
    assert [link for link in found.links if re.match(r"(https?:)?//", link)] == []


def test_every_operation_problem_and_value_has_a_place(page: str) -> None:
    found = Links(page)
    assert len(found.ids) == len(set(found.ids))
    named = {f"{method.upper()}{path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert named | {problem.code for problem in Problem} | set(DOCUMENT["components"]["schemas"]) <= set(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


def test_the_name_of_the_host_is_escaped(tmp_path: Path) -> None:
    made = parts(empty_store(tmp_path), serve_host="0.0.0.0", serve_tokens=("0123456789abcdef",))
    headers = {"host": f"a{SCRIPT}", "authorization": "Bearer 0123456789abcdef"}
    with asking(made) as client:
        assert SCRIPT not in client.get(DOCUMENTATION, headers=headers).text


def test_the_address_of_the_api_leads_there(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        assert client.get("/api/v1", follow_redirects=False).headers["location"] == DOCUMENTATION
