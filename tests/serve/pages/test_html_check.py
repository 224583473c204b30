"""The check of pages finds what it looks for."""

from __future__ import annotations

import pytest

from tests.serve.pages.html_check import faults_of

GOOD = "<html lang=en><head><title>t</title></head><body><main><h1>h</h1>{}</main></body></html>"


def test_a_good_page_has_no_faults() -> None:
    table = "<table><caption>c</caption><tr><th scope=col>a</th></tr></table>"
    assert faults_of(GOOD.format(f"<h2 id=x>b</h2><section aria-labelledby=x>{table}<br></section>")) == []


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("<p style='color:red'>x</p>", "<p> has style, which the policy forbids"),
        ("<p onclick='x()'>x</p>", "<p> has onclick, which the policy forbids"),
        ("<script>alert(1)</script>", "a script is inline"),
        ("<style>p{}</style>", "a style is inline"),
        ("<p id=a></p><p id=a></p>", "the id a is there 2 times"),
        ("<table><caption></caption><tr><th>a</th></tr></table>", "a header of a table has no scope"),
        ("<table></table>", "a table has no caption"),
        ("<h3>x</h3>", "<h3> skips a level"),
        ("<h1>x</h1>", "there are 2 <h1>"),
        ("<input id=q>", "q has no label"),
        ("<section aria-labelledby=no></section>", "nothing has the id no"),
        ("<a href='https://example.org/'>x</a>", "<a> leads elsewhere: https://example.org/"),
    ],
)
def test_a_fault_is_found(part: str, fault: str) -> None:
    assert faults_of(GOOD.format(part)) == [fault]


def test_an_element_that_ends_another_is_found() -> None:
    assert any("ends another element" in fault for fault in faults_of(GOOD.format("<p><b>x</p></b>")))
