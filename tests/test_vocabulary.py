"""Private words that the field has a term for are no names in `stream` and `apps`; the glossary has the terms."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

RETIRED = frozenset(
    """
    photograph ends_before sight sights standing verdict is_news settle vacate forced force_rules
    happening happenings trouble carrier holes as_it_came ownership adopt raw_of until_settled
    course memory learning obey pool remembered place_of cuts represented located locate_in placed
    taken thin by_hand called_names believed followed reached_ms untouched adopted drafted
    make_model bare_model calibrated portrait flows checkup warned anchor warming noun mixture
    person people somebody everybody
    """.split()  # noqa: SIM905 – one line a name would hide the list
)
KEPT = {
    "pool": "the standard library: a pool of threads",
    "mixture": "scikit-learn: its module of Gaussian mixtures",
    "flows": "Sankey diagrams: flows between nodes",
}


def names(source: str) -> Iterator[str]:
    """Yield the identifiers of a module, in lower case and with underscores."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            spaced = "".join(f"_{c.lower()}" if c.isupper() else c for c in token.string)
            yield spaced.strip("_")


def retired_names(source: str) -> set[str]:
    """Return the retired words among the identifiers of a module."""
    return set(names(source)) & (RETIRED - KEPT.keys())


@pytest.mark.parametrize(
    "module",
    sorted([*(ROOT / "stream").rglob("*.py"), *(ROOT / "apps").rglob("*.py")]),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_module_uses_no_retired_name(module: Path) -> None:
    assert retired_names(module.read_text(encoding="utf-8")) == set()


def test_a_retired_name_is_found() -> None:
    assert retired_names("class Standing:\n    def f(self, people): ...\n# verdict\n") == {"standing", "people"}
