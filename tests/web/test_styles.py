"""Colours of the styles: contrast by WCAG 2.1, and hues that are told apart, also without red or green cones."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.web.drawings import N_HUES, N_SHADES
from stream.web.vendored import STATIC

Colour = NDArray[np.float64]  # (3,) sRGB, 0 to 1
CSS = (STATIC / "segue.css").read_text(encoding="utf-8")
_BLOCK = re.compile(r"(:root[^{]*)\{([^}]*)\}")
TEXT_MIN, GRAPHIC_MIN = 4.5, 3.0  # success criteria 1.4.3 and 1.4.11
APART_MIN = 20.0  # CIE76; 2.3 is just noticeable

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009
SIGHTS = {
    "ordinary": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def themes() -> dict[str, dict[str, Colour]]:
    """Return the colours of each theme; that of the system's dark mode and the chosen one are apart."""
    found = {}
    for selector, body in _BLOCK.findall(CSS):
        named = re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", body)
        if named:
            found[selector.strip()] = {name: _colour(code) for name, code in named}
    return found


def _colour(code: str) -> Colour:
    return np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def linear(colour: Colour) -> Colour:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: Colour, other: Colour) -> float:
    light, dark = sorted((float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour: Colour, sight: Colour) -> Colour:
    seen = np.clip(sight @ linear(colour), 0, 1)
    rgb_to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(rgb_to_xyz @ seen / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


THEMES = themes()
LIGHT, DARK = THEMES[":root"], THEMES[':root[data-theme="dark"]']
BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def test_white_on_black_has_the_contrast_of_the_standard() -> None:
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)


def test_a_chosen_dark_theme_is_that_of_the_system() -> None:
    system = THEMES[':root:not([data-theme="light"])']
    assert system.keys() == DARK.keys() == LIGHT.keys()
    assert all((system[name] == DARK[name]).all() for name in DARK)


@BOTH
def test_texts_have_enough_contrast(theme: dict[str, Colour]) -> None:
    grounds = ["paper", "ground", "raised"]
    pairs = [(ink, ground) for ink in ("ink", "ink-soft", "accent", "good", "warn", "bad") for ground in grounds]
    pairs += [("ink", f"shade-{n}") for n in range(1, N_SHADES + 1)]
    pairs += [(name, f"{name}-soft") for name in ("accent", "good", "warn", "bad")]
    assert [pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < TEXT_MIN] == []


@BOTH
def test_hues_and_borders_of_controls_stand_out(theme: dict[str, Colour]) -> None:
    names = [*(f"hue-{n}" for n in range(1, N_HUES + 1)), "line-strong"]
    assert [name for name in names if contrast(theme[name], theme["raised"]) < GRAPHIC_MIN] == []


@BOTH
@pytest.mark.parametrize("sight", SIGHTS)
def test_hues_are_told_apart(theme: dict[str, Colour], sight: str) -> None:
    hues = {n: lab(theme[f"hue-{n}"], SIGHTS[sight]) for n in range(1, N_HUES + 1)}
    near = {
        (a, b): round(float(np.linalg.norm(hues[a] - hues[b])), 1)
        for a, b in combinations(hues, 2)
        if np.linalg.norm(hues[a] - hues[b]) < APART_MIN
    }
    assert near == {}
