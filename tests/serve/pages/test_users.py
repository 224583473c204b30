"""A user's journey and an explanation, with all that an explanation can hold."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from stream.explain.errors import ErasedUserError, ExplainError, NoSuchChangeError
from stream.explain.explanation import Basis, Explanation, Lack, Missing, Present
from tests.serve.pages.explained import explanation
from tests.serve.pages.html_check import faults_of
from tests.serve.pages.records import HOSTILE, T0, ref
from tests.serve.pages.stored import client_of

ADDRESS = "/explanation?id=ann&sequence=3"


def explained(stored: Path, found: Explanation) -> str:
    """Return the page of an explanation."""
    answer = client_of(stored, explain=lambda user, sequence: found).get(ADDRESS)
    assert (answer.status_code, faults_of(answer.text)) == (200, [])
    assert HOSTILE not in answer.text
    return unescape(answer.text)


def test_an_explanation_shows_window_distances_dwell_and_what_would_change_it(stored: Path) -> None:
    page = explained(stored, explanation())
    assert "equal in every field" in page
    assert re.search(r'purchase</td><td class="name"><bdi>–</bdi></td><td class="n">2.50</td><td class="n">75%', page)
    for table in ("before", "after", "now"):
        assert f'id="table-{table}"' in page
    assert '<td class="n">0.900</td><td class="n">1.400</td><td class="n">0.300</td><td class="n">0.800</td>' in page
    assert "item left" in page
    assert "without the item of today: Perfume" in page
    assert "its distance is 0.950, and 0.720 is needed" in page


def test_a_change_that_is_not_equal_says_which_field_and_why(stored: Path) -> None:
    page = explained(stored, explanation(equal=False))
    assert "equal in every field" not in page
    assert "The settings have changed since" in page
    assert "certainty.margin</span>: published 0.2, recomputed 0.3" in page


@pytest.mark.parametrize("error", [NoSuchChangeError("the log begins later"), ErasedUserError("erased")])
def test_a_change_that_cannot_be_explained_is_shown_as_published(stored: Path, error: ExplainError) -> None:
    def explain(user: str, sequence: int | None) -> Explanation:
        raise error

    answer = client_of(stored, explain=explain).get(ADDRESS)
    assert answer.status_code == 200
    assert str(error) in answer.text
    assert "strained peaches" in answer.text


def test_without_a_sequence_the_newest_state_is_asked_for(stored: Path) -> None:
    asked: list[tuple[str, int | None]] = []

    def explain(user: str, sequence: int | None) -> Explanation:
        asked.append((user, sequence))
        return explanation()

    assert client_of(stored, explain=explain).get("/explanation?id=ann").status_code == 200
    assert asked == [("ann", None)]


def test_a_users_page_has_the_record_and_every_reason(stored: Path) -> None:
    page = unescape(client_of(stored).get("/user?id=ann").text)
    assert re.search(r"<dt><bdi>country</bdi></dt><dd dir=\"auto\">NL</dd>", page)
    assert "not sure" in page
    assert "19-24" in page
    assert page.count("strained peaches") >= 20


def test_a_user_without_a_published_change_stands_where_the_state_says(stored: Path) -> None:
    missing = (Missing(Lack.PAST_WAS_BACKFILLED, "2 changes so far, none on segment-changes"),)
    standing = Present(T0, ref("s-0002"), T0, 2, None, None, None, None, None, ("in bread since then",), missing)
    found = Explanation("ann", 2, None, None, False, Basis.NOTHING, missing=missing, present=standing)
    answer = client_of(stored, explain=lambda user, sequence: found).get("/explanation?id=ann")
    assert (answer.status_code, faults_of(answer.text)) == (200, [])
    page = unescape(answer.text)
    assert "Where this user stands" in page
    assert "Why change" not in page
    assert page.count("2 changes so far, none on segment-changes") == 1
    assert "In bread since then" in page
    assert 'id="table-now"' not in page
