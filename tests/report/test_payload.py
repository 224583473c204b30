"""The data of the maps: what a browser decodes is what went in, whatever the texts are, within the budget."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stream.report.payload import REASON_BYTES, payload, quantised, within
from tests.report.made_figures import made_figures

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "a\u2028b\u2029c",
    "مرحبا بالعالم",
    "\u202eevil\u202c",
    "' \" \\ & ` ${1}",
    "草莓" * 4000,
    "x" * 10_000,
    "👩‍👩‍👧‍👦" * 500,
    "\x00\x07\x1b[31m",
)


def decoded(data: dict[str, Any]) -> np.ndarray:
    dims = data["dims"]
    steps = np.frombuffer(b64decode(data["places"]), "<i2").reshape(-1, dims)
    places: np.ndarray = np.asarray(data["middle"]) + steps * data["step"]
    return places


def test_places_survive_within_half_a_step_of_65_000() -> None:
    figures = made_figures(500)
    data = json.loads(payload(figures))
    for figure, map_ in zip(figures.maps, data["maps"], strict=True):
        width = float(np.ptp(figure.places, axis=0).max())
        assert np.abs(decoded(map_) - figure.places).max() <= width / 65_000 / 2 * 1.01


def test_every_user_keeps_the_own_reason_segment_and_trait() -> None:
    figures = made_figures(300)
    data = json.loads(payload(figures))
    reasons = [data["reasons"]["texts"][at] for at in np.frombuffer(b64decode(data["reasons"]["codes"]), "<u4")]
    assert tuple(reasons) == figures.mapped.reasons
    segments, plans = data["colourings"]
    codes = np.frombuffer(b64decode(segments["codes"]), "<u2")
    assert tuple(segments["keys"][at] for at in codes) == figures.mapped.segments
    codes = np.frombuffer(b64decode(plans["codes"]), "<u2")
    assert tuple(plans["keys"][at] for at in codes) == figures.mapped.traits["plan"]


def test_equal_reasons_are_stored_once() -> None:
    figures = made_figures(1000)
    figures = replace(figures, mapped=replace(figures.mapped, reasons=("is inactive",) * 1000))
    assert json.loads(payload(figures))["reasons"]["texts"] == ["is inactive"]


def test_a_ninth_value_of_a_trait_is_not_told() -> None:
    figures = made_figures(1000)
    towns = tuple(f"town {min(at % 12, 9)}" for at in range(1000))  # 9 is the commonest, the last by name is 8
    data = json.loads(payload(replace(figures, mapped=replace(figures.mapped, traits={"town": towns}))))
    assert len(data["colourings"][1]["labels"]) == 8
    assert "town 8" not in json.dumps(data["colourings"][1])


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_can_end_the_element_or_a_line_of_the_script(text: str) -> None:
    found = payload(made_figures(50, text=text))
    assert not set(found) & set("<>&\u2028\u2029")
    assert json.loads(found)["users"]
    found.encode()


@pytest.mark.parametrize("text", ["x" * 10_000, "草" * 10_000, "<" * 10_000, "👍" * 10_000])
def test_texts_stay_within_their_budget(text: str) -> None:
    cut = within([f"{at} {text}" for at in range(5_000)], REASON_BYTES)
    assert len(cut) == 5_000
    assert sum(len(json.dumps(each, ensure_ascii=False).encode()) for each in cut) <= REASON_BYTES
    assert min(map(len, cut)) > 3


@pytest.mark.parametrize("places", [np.zeros((0, 2)), np.zeros((1, 3)), np.full((4, 2), 7.0)])
def test_a_map_of_one_place_or_none_has_steps_of_zero(places: np.ndarray) -> None:
    steps, middle, step = quantised(places.astype(np.float32))
    assert not steps.any()
    assert step > 0
    assert len(middle) == places.shape[1]
