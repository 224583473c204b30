"""The file: complete without scripts, without a request, of bounded size, the same for the same figures."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from stream.report.render import BYTES_MAX, N_SECTIONS, mean_silhouette, render
from tests.report.made_figures import made_figures
from tests.report.test_payload import HOSTILE

_LOADS = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "xlink:href", "ping"}


class Page(HTMLParser):
    """A page as elements: attributes, ids, the texts of scripts and styles, and the text that people read."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.raw: list[str] = []
        self.text: list[str] = []
        self._in = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        (self.raw if self._in in ("script", "style") else self.text).append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def test_nothing_in_the_file_loads_anything() -> None:
    page = Page(render(made_figures()))
    loaded = [(tag, value) for tag, a in page.elements for name, value in a.items() if name in _LOADS]
    assert [each for each in loaded if not each[1].startswith(("#", "data:,"))] == []
    styles = "".join(text for text in page.raw if "--paper" in text)
    assert styles
    assert not re.search(r"url\(|@import|@font-face", styles)
    assert "sourceMappingURL" not in "".join(page.raw)


def test_the_policy_forbids_what_a_test_would_miss() -> None:
    page = Page(render(made_figures()))
    (policy,) = (each["content"] for each in page.named("meta") if each.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'unsafe-inline'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_an_element_or_a_script(text: str) -> None:
    plain, hostile = Page(render(made_figures(60, 5))), Page(render(made_figures(60, 5, text)))
    assert Counter(tag for tag, _ in hostile.elements) == Counter(tag for tag, _ in plain.elements)
    assert {name for _, a in hostile.elements for name in a} == {name for _, a in plain.elements for name in a}
    assert not any(name.startswith("on") for _, a in hostile.elements for name in a)


def test_a_name_in_markup_is_read_as_it_is() -> None:
    page = Page(render(made_figures(60, 3, "<script>alert(1)</script>")))
    assert any("<script>alert(1)</script> 2" in text for text in page.text)


def test_every_link_leads_somewhere_and_no_id_is_there_twice() -> None:
    page = Page(render(made_figures()))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert [each for each, n in Counter(ids).items() if n > 1] == []
    links = {a["href"][1:] for a in page.named("a")}
    assert len(links) > 15
    assert links - set(ids) == set()
    labelled = {each for _, a in page.elements for each in a.get("aria-labelledby", "").split()}
    assert labelled - set(ids) == set()


@pytest.mark.parametrize("text", ["fresh strawberries", "草" * 500, "<" * 500])
def test_the_most_users_and_many_segments_stay_below_five_megabytes(text: str) -> None:
    assert len(render(made_figures(20_000, 400, text)).encode()) < BYTES_MAX


def test_more_segments_than_sections_are_all_in_the_table() -> None:
    document = render(made_figures(300, 150))
    assert len(re.findall(r'<section id="segment-', document)) == N_SECTIONS[0]
    assert all(f'<td class="id">s-{at:04}</td>' in document for at in range(150))


def test_the_same_figures_give_the_same_bytes() -> None:
    assert render(made_figures()) == render(made_figures())


def test_without_maps_there_is_no_script_of_maps_and_the_notes_say_why() -> None:
    document = render(made_figures(0, 3, methods=(), notes=("There are 3 profiles: a map needs at least 10.",)))
    assert "a map needs at least 10" in document
    assert "Plotly" not in document
    assert len(document.encode()) < 300_000


def test_flat_maps_alone_do_not_carry_the_script_of_solid_ones() -> None:
    assert len(render(made_figures(100, methods=("tsne-2d",))).encode()) < 500_000


def test_the_silhouette_of_all_weighs_segments_by_their_users() -> None:
    figures = made_figures(900, 3)
    sizes = [each.row.n_users for each in figures.segments]
    means = [each.silhouette.mean for each in figures.segments if each.silhouette]
    assert len(means) == 3
    expected = sum(n * mean for n, mean in zip(sizes, means, strict=True)) / sum(sizes)
    assert mean_silhouette(figures) == pytest.approx(expected)
