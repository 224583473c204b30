"""Four figures of the names of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.meaning.readable_names import (
    common_words,
    indistinct_pairs,
    names_with_common_words,
    picked_groups,
    short_names,
)
from bench.meaning.segment_rows import SegmentRow


@dataclass(frozen=True)
class NameFigures:
    """Names with a common word, short ones, and pairs that a reader could not tell apart, of `n_names` names.

    `n_read` groups have a segment mostly theirs whose name and phrases lead a reader to the right one of `n_groups`.
    The last two are 0 where groups differ in no texts.
    """

    n_names: int
    common: tuple[str, ...]
    short: tuple[str, ...]
    alike: tuple[tuple[str, str], ...]
    n_read: int
    n_groups: int


def name_figures(
    rows: Sequence[SegmentRow], windows: Mapping[str, Sequence[str]], group_texts: Mapping[str, Sequence[str]]
) -> NameFigures:
    """Check the names of segments; `windows` holds the texts of each user with an answer."""
    names = [row.name for row in rows]
    common = common_words(list(windows.values()))
    picked = picked_groups({row.segment: f"{row.name} {row.phrases}" for row in rows}, group_texts)
    owned = [row for row in rows if row.of_group > 1 / 2]
    largest = {row.group: row.segment for row in reversed(owned)}  # rows are in the order of sizes, the largest first
    return NameFigures(
        len(names),
        tuple(names_with_common_words(names, common)),
        tuple(short_names(names, common)),
        tuple(indistinct_pairs(names, common)),
        sum(picked.get(segment) == group for group, segment in largest.items()),
        len(group_texts),
    )
