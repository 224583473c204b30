"""The consumers of docs/consumers are those that the contract shows and that the tests run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.consumers.programs import PROGRAMS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_contract_shows_each_program_that_is_run() -> None:
    shown = re.findall(r"\| \[([\w.]+)\]\(consumers/\1\) \|", (DOCS / "contract.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(PROGRAMS)
    assert {path.name for path in (DOCS / "consumers").iterdir()} == {*PROGRAMS, "package.json", "package-lock.json"}


def test_a_program_is_short_enough_to_read() -> None:
    for program in PROGRAMS:
        lines = (DOCS / "consumers" / program).read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 80, program
        assert max(map(len, lines)) <= 125, program
