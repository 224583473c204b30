"""docs/glossary.md names things that exist, and every public name is in it or in a reference page."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from stream.core.setting import settings_of
from stream.settings import GROUPS
from stream.wire.topics import TOPICS
from tests.docs.public_names import (
    enum_values,
    field_names,
    header_names,
    metric_names,
    model_field_names,
    setting_names,
)

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("glossary", "contract", "operations")}
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
TOPIC_NAMES = {topic.name for topic in TOPICS}
N_TERMS = range(40, 61)


def entries() -> list[list[str]]:
    """The rows of the glossary's tables: term, meaning, in Segue, the field's word, defined in."""
    rows = re.findall(r"^\| (?!term )(.+) \|$", PAGES["glossary"], re.MULTILINE)
    return [re.split(r" \| ", row) for row in rows]


def spans(text: str) -> set[str]:
    """Names in code spans, and the parts of dotted ones."""
    found = re.findall(r"`([\w.-]+)`", text)
    return {part for name in found for part in (name, *name.split("."))}


def exists(name: str) -> bool:
    """Return True if `name` is public, or a dotted name in the code."""
    if name.startswith("stream."):
        module, _, attribute = name.rpartition(".")
        return hasattr(import_module(module), attribute)
    public = field_names() | model_field_names() | enum_values() | header_names() | metric_names() | setting_names()
    return name in public | TOPIC_NAMES


def undocumented(names: set[str], *pages: str) -> set[str]:
    """The names that are in no code span of these pages."""
    return names - set().union(*map(spans, pages))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry[0])
def test_an_entry_has_a_meaning_a_field_word_a_source_and_names_that_exist(entry: list[str]) -> None:
    term, meaning, in_segue, word, source = entry
    assert all((term, meaning, word, source))
    assert spans(in_segue)
    assert {name for name in re.findall(r"`([\w.-]+)`", in_segue) if not exists(name)} == set()
    assert "](" in source or re.search(r"\b(19|20)\d\d\b", source), "a source is a link or has a year"


def test_the_glossary_has_about_forty_terms_each_once() -> None:
    terms = [entry[0] for entry in entries()]
    assert len(terms) == len(set(terms))
    assert len(terms) in N_TERMS


def test_every_public_field_value_and_header_is_documented() -> None:
    assert undocumented(field_names() | enum_values() | header_names(), PAGES["contract"], PAGES["glossary"]) == set()


def test_every_topic_is_documented() -> None:
    assert undocumented(TOPIC_NAMES, PAGES["contract"], PAGES["operations"]) == set()


def test_every_metric_is_documented() -> None:
    assert undocumented(metric_names(), PAGES["operations"], PAGES["glossary"]) == set()


def test_every_setting_is_documented() -> None:
    assert undocumented(setting_names(), SETTINGS, PAGES["operations"], PAGES["glossary"]) == set()


def test_the_names_looked_for_are_those_that_exist() -> None:
    """A search that found nothing would document everything."""
    assert {"margin_required", "user", "from", "contribution", "psi_segments"} <= field_names()
    assert {"margin_and_dwell", "rolled_back", "explicit-only"} <= enum_values()
    assert len(setting_names()) == sum(len(list(settings_of(group))) for group in GROUPS)
    assert not exists("stream.core.event.Happening")
    assert not exists("vibe")
    assert undocumented({"vibe", "user"}, "`user`") == {"vibe"}
