"""Vendored scripts are as published, with their licences."""

from __future__ import annotations

import hashlib

import pytest

from stream.web.vendored import STATIC, Script


@pytest.mark.parametrize("script", list(Script))
def test_a_script_is_as_its_authors_published_it(script: Script) -> None:
    assert hashlib.sha256(script.path.read_bytes()).hexdigest() == script.sha256


@pytest.mark.parametrize("script", list(Script))
def test_a_script_lies_beside_its_licence(script: Script) -> None:
    assert (script.path.parent / "LICENSE").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("script", list(Script))
def test_a_script_cannot_end_its_element_or_ask_for_a_source_map(script: Script) -> None:
    source = script.read()
    assert "</script" not in source.lower()
    assert "sourceMappingURL" not in source


def test_every_vendored_file_is_listed() -> None:
    assert {script.path for script in Script} == set((STATIC / "vendor").rglob("*.js"))
