"""Words of scripts without blanks between words, found from the texts: no dictionary, any such script.

Neighbouring characters join where they cohere: where they stand together far more often than chance would have it
(pointwise mutual information, Church and Hanks 1990). The stronger of overlapping pairs joins first. Joined pairs join
again, up to WORD_CHARS_MAX characters. A piece between blanks or signs, up to PIECE_CHARS_MAX characters, is a word as
it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints

WORD_CHARS_MAX = 6
PIECE_CHARS_MAX = 4
_ROUNDS = 4
_PAIRS_MIN = 3  # distinct places: fewer prove nothing
_COHESION_MIN = 2.0  # nats: together seven times as often as chance would have it


@dataclass(frozen=True, slots=True)
class Stream:
    """Words of all texts in order: `words (m,)` are indices of `keys`, -1 at the end of a run.

    `texts (m,)` are the indices of the texts, and `surfaces` the words as written. `follows (m,)` is True where a word
    stands directly after the one before.
    """

    keys: list[str]
    is_unspaced: NDArray[np.bool_]
    words: Ints
    texts: Ints
    surfaces: NDArray[np.object_]
    follows: NDArray[np.bool_]


def join_characters(stream: Stream) -> Stream:
    """Return the stream with coherent characters joined to words."""
    for _ in range(_ROUNDS):
        at = _joints(stream)
        if not len(at):
            break
        stream = _joined(stream, at)
    while len(at := _short_pieces(stream)):
        stream = _joined(stream, at)
    return stream


def _joints(stream: Stream) -> NDArray[np.intp]:
    """Return the positions whose word joins with the next one; no two are neighbours."""
    words, n_keys = stream.words, len(stream.keys)
    chars = np.array([len(key) for key in stream.keys] + [WORD_CHARS_MAX])
    left, right = words[:-1], words[1:]
    is_pair = (left >= 0) & (right >= 0) & (chars[left] + chars[right] <= WORD_CHARS_MAX)
    is_pair &= np.append(stream.is_unspaced, False)[left] & np.append(stream.is_unspaced, False)[right]
    at = np.flatnonzero(is_pair)
    cohesion = np.full(len(words) + 1, -np.inf)
    pairs, inverse, counts = np.unique(left[at] * n_keys + right[at], return_inverse=True, return_counts=True)
    cohesion[at + 1] = _cohesion(pairs, counts, words, n_keys)[inverse]
    before, own, after = cohesion[:-2], cohesion[1:-1], cohesion[2:]
    return np.flatnonzero((own >= _COHESION_MIN) & (own > before) & (own >= after))


def _short_pieces(stream: Stream) -> NDArray[np.intp]:
    """Return the position of the first word of each short piece of several words; its second word joins it."""
    chars = np.array([len(key) for key in stream.keys] + [0])
    is_char = np.append(stream.is_unspaced, False)[stream.words]
    starts = np.flatnonzero(~(stream.follows & is_char & np.concatenate([[False], is_char[:-1]])))
    n_chars = np.add.reduceat(chars[stream.words], starts) if len(starts) else np.zeros(0)
    n_words = np.diff(np.append(starts, len(stream.words)))
    return np.asarray(starts[(n_words > 1) & (n_chars <= PIECE_CHARS_MAX) & is_char[starts]])


def _cohesion(pairs: Ints, counts: Ints, words: Ints, n_keys: int) -> Floats:
    """Return the pointwise mutual information (n,) of pairs, with each count one standard deviation lower."""
    single = np.bincount(words[words >= 0], minlength=n_keys).astype(np.float64)
    least = np.maximum(counts - np.sqrt(counts), 1e-9)
    found = np.log(least * single.sum() / (single[pairs // n_keys] * single[pairs % n_keys]))
    return np.where(counts >= _PAIRS_MIN, found, -np.inf)


def _joined(stream: Stream, at: NDArray[np.intp]) -> Stream:
    """Return the stream where the words at each position `at` and the next are one."""
    keys, words, surfaces = list(stream.keys), stream.words.copy(), stream.surfaces.copy()
    index = {key: number for number, key in enumerate(keys)}
    pairs, inverse = np.unique(words[at] * len(keys) + words[at + 1], return_inverse=True)
    joined = []
    for left, right in zip((pairs // len(stream.keys)).tolist(), (pairs % len(stream.keys)).tolist(), strict=True):
        key = stream.keys[left] + stream.keys[right]
        if key not in index:
            index[key] = len(keys)
            keys.append(key)
        joined.append(index[key])
    words[at] = np.array(joined)[inverse]
    surfaces[at] = surfaces[at] + surfaces[at + 1]
    is_kept = np.ones(len(words), np.bool_)
    is_kept[at + 1] = False
    is_unspaced = np.concatenate([stream.is_unspaced, np.ones(len(keys) - len(stream.keys), np.bool_)])
    return Stream(keys, is_unspaced, words[is_kept], stream.texts[is_kept], surfaces[is_kept], stream.follows[is_kept])
