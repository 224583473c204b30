"""The data of the maps as one compact JSON text, safe inside a `<script>` element and of bounded size.

Places are Int16 in base64: a map's longest side has 65,000 steps, finer than a pixel. Texts share a budget of bytes.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from stream.core.arrays import Vectors
from stream.core.sentence.shown_text import shown
from stream.report.values import Figures, MapFigure

REASON_BYTES = 700_000  # of all sentences together
USER_BYTES = 400_000
LABEL_CHARS = 60
N_LABELS = 500  # of segments; smaller ones are among the others
_READ_CHARS = 1_000  # of a text: the rest is cut anyway
N_HUES = 8
_STEPS = 32_500
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def payload(figures: Figures) -> str:
    """Return the data of the maps as JSON without `<`, `>`, `&` and line separators."""
    mapped = figures.mapped
    data = {
        "users": within(mapped.users, USER_BYTES),
        "reasons": _deduplicated(within(mapped.reasons, REASON_BYTES)),
        "colourings": [_by_segment(figures), *(_by_trait(*each) for each in sorted(mapped.traits.items()))],
        "maps": [_places(each) for each in figures.maps],
    }
    return escaped(msgspec.json.encode(data).decode())


def escaped(text: str) -> str:
    """Return JSON for a `<script>` element: no text in it can end the element, or a line of a script."""
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def within(texts: Sequence[str], n_bytes: int) -> list[str]:
    """Return the texts on one line each, all cut to the same length where together they exceed `n_bytes` of JSON."""
    lines = [shown(text[:_READ_CHARS], 400) for text in texts]
    for n_max in (400, 240, 140, 80, 40, 20, 10, 4):
        lines = [shown(line, n_max) for line in lines]
        if len(escaped(msgspec.json.encode(list(set(lines))).decode()).encode()) <= n_bytes:
            return lines
    return ["" for _ in lines]


def _deduplicated(texts: Iterable[str]) -> dict[str, Any]:
    """Return distinct texts and each user's index into them."""
    at: dict[str, int] = {}
    codes = [at.setdefault(text, len(at)) for text in texts]
    return {"texts": list(at), "codes": _base64(np.array(codes, dtype="<u4"))}


def _by_segment(figures: Figures) -> dict[str, Any]:
    """Return the colouring by segment: all segments, the largest first; the first eight have hues."""
    rows = [*(each.row for each in figures.segments[:N_LABELS]), *figures.reserved]
    names = {row.id: shown(row.name[:_READ_CHARS], LABEL_CHARS) for row in rows}
    return _colouring("segment", figures.mapped.segments, list(names), list(names.values()))


def _by_trait(name: str, values: Sequence[str]) -> dict[str, Any]:
    """Return the colouring by a trait: its eight commonest values. All others are one group, so that none is told."""
    counts = sorted(Counter(value for value in values if value).items(), key=lambda item: (-item[1], item[0]))
    keys = [value for value, _ in counts[:N_HUES]]
    return _colouring(shown(name, LABEL_CHARS), values, keys, [shown(key, LABEL_CHARS) for key in keys])


def _colouring(name: str, values: Sequence[str], keys: list[str], labels: list[str]) -> dict[str, Any]:
    at = {key: code for code, key in enumerate(keys)}
    codes = np.array([at.get(value, len(keys)) for value in values], dtype="<u2")
    counts = np.bincount(codes, minlength=len(keys) + 1)[: len(keys)].tolist()
    return {"name": name, "keys": keys, "labels": labels, "counts": counts, "codes": _base64(codes)}


def _places(figure: MapFigure) -> dict[str, Any]:
    steps, middle, step = quantised(figure.places)
    dims = figure.places.shape[1]
    return {"method": figure.method, "dims": dims, "step": step, "middle": middle, "places": _base64(steps)}


def quantised(places: Vectors) -> tuple[np.ndarray[Any, np.dtype[np.int16]], list[float], float]:
    """Return `(n, dims)` steps as Int16, the middle, and the size of a step: place = middle + steps * step."""
    wide = places.astype(np.float64)
    low, high = wide.min(axis=0, initial=np.inf), wide.max(axis=0, initial=-np.inf)
    if not len(wide):
        return np.zeros(wide.shape, "<i2"), [0.0] * wide.shape[1], 1.0
    middle = (low + high) / 2
    step = float((high - low).max()) / 2 / _STEPS or 1.0
    return np.rint((wide - middle) / step).astype("<i2"), middle.tolist(), step


def _base64(array: np.ndarray[Any, Any]) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode()
