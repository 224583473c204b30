"""Rows of the segments that serve at the end: their names, and the true group of most of their users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from stream.core.description import Description

N_PHRASES, N_BEHAVIOUR = 5, 3


@dataclass(frozen=True)
class SegmentRow:
    """A segment with users. `group` is the true group of most of them, `of_group` their share."""

    scenario: str
    seed: str
    segment: str
    n_users: int
    group: str
    of_group: float
    name: str
    phrases: str
    behaviour: str


def segment_rows(
    scenario: str, seed: int, named: Mapping[str, Description], said: Mapping[str, str], truth: Mapping[str, str]
) -> list[SegmentRow]:
    """Return a row for each described segment that is the answer of a user; `truth` has the group of each."""
    rows = []
    for segment, description in named.items():
        groups = Counter(truth[user] for user, answer in said.items() if answer == segment)
        if groups:
            (group, n), n_users = groups.most_common(1)[0], groups.total()
            phrases = ", ".join(phrase.text for phrase in description.phrases[:N_PHRASES])
            behaviour = "; ".join(description.behaviour[:N_BEHAVIOUR])
            name = description.name
            rows.append(SegmentRow(scenario, str(seed), segment, n_users, group, n / n_users, name, phrases, behaviour))
    return sorted(rows, key=lambda row: -row.n_users)
