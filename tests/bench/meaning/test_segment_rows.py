"""The table of names, by hand."""

from __future__ import annotations

from bench.meaning.segment_rows import segment_rows
from stream.core.description import Description, Phrase


def test_a_row_names_a_segment_and_the_group_of_most_of_its_users() -> None:
    named = {
        "s-1": Description("Banking", (Phrase("pay bill", 2.0), Phrase("balance", 1.0)), behaviour=("weekends",)),
        "s-2": Description("Cooking"),
        "s-3": Description("Nobody"),
    }
    said = {"a": "s-1", "b": "s-2", "c": "s-2", "d": "s-2", "e": "unknown"}
    truth = dict(zip("abcde", ("b", "k", "k", "t", "t"), strict=True))
    cooking, banking = segment_rows("interests", 0, named, said, truth)
    assert (cooking.segment, cooking.n_users, cooking.group, cooking.of_group) == ("s-2", 3, "k", 2 / 3)
    assert (banking.name, banking.phrases, banking.behaviour) == ("Banking", "pay bill, balance", "weekends")


def test_without_described_segments_there_are_no_rows() -> None:
    assert segment_rows("interests", 0, {}, {"a": "unknown"}, {"a": "b"}) == []
