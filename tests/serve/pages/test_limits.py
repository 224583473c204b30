"""Figures of health beside their limits."""

from __future__ import annotations

import re
from dataclasses import fields

from starlette.testclient import TestClient

from stream.serve.pages.limits import SETTINGS, WORDS
from stream.settings import GROUPS
from stream.training.values.health import Figure


def test_every_figure_has_words_and_a_setting_that_exists() -> None:
    assert WORDS.keys() == SETTINGS.keys() == set(Figure)
    known = {f"SEGUE_{field.name.upper()}" for group in GROUPS for field in fields(group)}
    assert set(filter(None, SETTINGS.values())) <= known


def test_each_figure_is_beside_its_limit_and_those_beyond_come_first(client: TestClient) -> None:
    html = client.get("/health").text
    rows = re.findall(
        r'<tr><th scope="row" class="name">([^<]+)</th><td class="n" data-value="([^"]+)">[^<]+</td>'
        r'<td class="n">([^<]+)</td>.*?<span class="badge \w+">(\w+)</span>',
        html,
    )
    assert [(words, float(value), limit, state) for words, value, limit, state in rows] == [
        ("Share of unknown users", 0.125, "5%", "beyond"),
        ("Changes of segment per user and day", 0.02, "0.10", "within"),
        ("Divergence of the sizes of segments (PSI)", 0.04, "0.25", "within"),
        ("Clusters found", 3.0, "24", "within"),
        ("Divergence of recency (PSI)", 0.11, "0.25", "within"),
        ("Drift of Baby food, in thresholds", 0.12, "0.50", "within"),
    ]
