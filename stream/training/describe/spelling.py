"""Spelling of phrases: as the users write them, except that capitals do not shout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.training.describe.unspaced import Stream
from stream.training.describe.words import join_words

_MOSTLY = 0.8  # of the words: a habit of the texts
_SELDOM = 0.2
_HABIT_PLACES = 5_000  # looked at for the texts' habit
_PLACES_MAX = 50  # looked at for the spelling of a word


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling of the words of a stream. The habits of its texts say which capitals mean nothing.

    `shouts`: texts are all capitals. `titles`: each word begins with a capital. `sentences`: the first word of a text
    does, and seldom another. `is_first (m,)` is True for the first word of each text.
    """

    stream: Stream
    is_first: NDArray[np.bool_]
    shouts: bool
    titles: bool
    sentences: bool

    def of(self, place: int, length: int) -> str:
        """Return the phrase of `length` words at a place of the stream, each word spelt as it is most often."""
        words = self.stream.words[place : place + length]
        return join_words(tuple(self._word(int(word)) for word in words))

    def _word(self, word: int) -> str:
        at = np.flatnonzero(self.stream.words == word)
        inside = at[~self.is_first[at]]
        spelt = Counter(self.stream.surfaces[(inside if len(inside) else at)[:_PLACES_MAX]].tolist())
        surface = str(min(spelt, key=lambda each: (-spelt[each], each.swapcase())))
        is_capitalised = surface[1:] == surface[1:].lower()
        means_nothing = self.titles or (self.sentences and not len(inside))
        if (self.shouts and surface.isupper()) or (is_capitalised and means_nothing):
            return surface.lower()
        return surface


def spelling_of(stream: Stream) -> Spelling:
    """Return the spelling of the texts of a stream."""
    is_first = np.asarray(np.concatenate([[-1], stream.texts[:-1]]) != stream.texts)
    is_word = stream.words >= 0
    inside = _cased(stream, is_word & ~is_first)
    first = _cased(stream, is_word & is_first)
    begin_inside = _share([surface[0].isupper() for surface in inside])
    return Spelling(
        stream,
        is_first,
        shouts=_share([surface.isupper() for surface in inside or first]) > _MOSTLY,
        titles=begin_inside > _MOSTLY,
        sentences=begin_inside < _SELDOM and _share([surface[0].isupper() for surface in first]) > _MOSTLY,
    )


def sentence_case(text: str) -> str:
    """Return the text with a first capital, unless its first word has capitals of its own, as `iPhone` has."""
    first = text.split(" ")[0]
    return text[:1].upper() + text[1:] if first == first.lower() else text


def _cased(stream: Stream, chosen: NDArray[np.bool_]) -> list[str]:
    """Return some of the chosen words that have capitals or could have."""
    at = np.flatnonzero(chosen)
    surfaces = map(str, stream.surfaces[at[:: len(at) // _HABIT_PLACES + 1]].tolist())
    return [surface for surface in surfaces if surface.lower() != surface.upper() and len(surface) > 1]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
