"""The lint for prose finds each fault it is there for, and lets good prose pass."""

from __future__ import annotations

import pytest

from tests.prose import pronouns_per_100_words, sentence_faults, sentences, source_faults

LONG = " ".join(["word"] * 26)


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """The number of users."""',
        'def f():\n    """Whether the window is empty."""',
        'def f():\n    """Returns the number."""',
        'class C:\n    """What was found."""',
        'class C:\n    """The people of a pool."""',
        'class C:\n    @property\n    def n(self):\n        """What is left."""',
        'def f():\n    """Return n. Who is left stays."""',
        'def f():\n    """Return n. Of two the first is taken."""',
        f'def f():\n    """Return {LONG}."""',
        f'"""{LONG}."""',
    ],
)
def test_a_fault_is_found(source: str) -> None:
    assert list(source_faults(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Return True if the window is empty."""',
        'def f():\n    """Assign each row to its nearest centroid; shape (n,)."""',
        'class C:\n    """A segment model: scaler, centroids and thresholds."""',
        'class C:\n    @property\n    def n(self):\n        """Number of users."""',
        "def f():\n    pass",
        f'def f():\n    """Return n.\n\n    >>> f("{LONG}")\n    1\n    """',
        f'"""Formats.\n\n    {LONG}\n\nMore.\n"""',
    ],
)
def test_good_prose_passes(source: str) -> None:
    assert list(source_faults(source)) == []


def test_a_document_is_read_without_code_tables_headings_and_link_targets() -> None:
    document = (
        f"# {LONG}\n\nOne [link](https://example.org/a/b). Two.\n\n```\n{LONG}\n```\n\n| {LONG} |\n\n* three\n* four\n"
    )
    assert list(sentences(document)) == ["One link.", "Two.", "three", "four"]
    assert list(sentence_faults(document)) == []


def test_items_of_a_list_are_sentences_of_their_own() -> None:
    half = " ".join(["word"] * 15)
    assert list(sentence_faults(f"* {half}\n* {half}\n")) == []
    assert len(list(sentence_faults(f"{half}\n{half}\n"))) == 1


def test_pronouns_are_counted_per_100_words() -> None:
    assert pronouns_per_100_words(iter(["It is what they say."])) == 60.0
    assert pronouns_per_100_words(iter([])) == 0.0
