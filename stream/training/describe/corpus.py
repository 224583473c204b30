"""The texts of sampled users as a corpus: the words in order, and who said what.

A phrase counts once a user, however often repeated: a single user does not name a segment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stream.core.arrays import Floats, Ints
from stream.training.describe.unspaced import Stream, join_characters
from stream.training.describe.words import is_unspaced, keys_of, runs


@dataclass(frozen=True)
class Corpus:
    """Texts of the n sampled users of k segments.

    `stream` has the words of every distinct text once, and `units` the same before characters join to words.
    `said (n, n_texts)` is 1 where a user said a text; users are in the order of their segments. `n_sampled (k,)` is the
    number of users of each segment with texts.
    """

    texts: list[str]
    units: Stream
    stream: Stream
    said: Any  # scipy.sparse.csr_matrix
    n_sampled: Floats

    @cached_property
    def ends(self) -> Ints:
        """Rows (k + 1,) of `said` at which the segments begin and end."""
        return np.concatenate([[0], np.cumsum(self.n_sampled)]).astype(np.int64)

    def by_user(self, grams: Ints, n: int, texts: Ints | None = None) -> Any:
        """Return a sparse `(n_users, n)` matrix: the number of a user's texts with each gram.

        `grams (m,)` are the grams that begin at each position of the stream, -1 for none. `texts (m,)` are the texts of
        the positions, those of `stream` by default.
        """
        texts = self.stream.texts if texts is None else texts
        at = np.flatnonzero(grams >= 0)
        within = sparse.csr_matrix((np.ones(len(at), np.float32), (texts[at], grams[at])), (len(self.texts), n))
        within.sum_duplicates()
        within.data[:] = 1
        return self.said @ within

    def by_segment(self, by_user: Any) -> Floats:
        """Return the sums (k, n) of a sparse `(n_users, n)` matrix over the users of each segment."""
        users = np.arange(len(self.n_sampled)).repeat(np.diff(self.ends))
        member = sparse.csr_matrix(
            (np.ones(len(users)), (users, np.arange(len(users)))), (len(self.n_sampled), len(users))
        )
        return np.asarray((member @ by_user).todense(), dtype=np.float64)

    def coverage(self, phrases: Sequence[Sequence[str]]) -> Floats:
        """Return the share (k, n) of the users of each segment that say at least one of each of n lists of phrases."""
        index = {key: at for at, key in enumerate(self.units.keys)}
        rows: list[Ints] = []
        for each in phrases:
            places = [self._places([index.get(key, -2) for key in keys_of(one)]) for one in each]
            rows.append(np.unique(self.units.texts[np.concatenate([*places, np.zeros(0, np.int64)])]))
        columns = np.arange(len(rows)).repeat([len(row) for row in rows])
        ones = np.ones(len(columns), np.float32)
        within = sparse.csr_matrix(
            (ones, (np.concatenate([*rows, np.zeros(0, np.int64)]), columns)), (len(self.texts), len(rows))
        )
        return np.asarray(self.by_segment(self.said @ within > 0) / np.maximum(self.n_sampled, 1)[:, None])

    def _places(self, words: Sequence[int]) -> Ints:
        """Return the positions in `units` at which these words stand in order; none for no words."""
        stream = self.units.words
        at = np.flatnonzero(stream == words[0]) if words else np.zeros(0, np.int64)
        for n, word in enumerate(words[1:], 1):
            at = at[at + n < len(stream)]
            at = at[stream[at + n] == word]
        return at


def build_corpus(segments: Sequence[Sequence[tuple[str, ...]]]) -> Corpus:
    """Return the corpus of the texts of each user of each segment; users without texts do not count."""
    members = [[texts for texts in users if texts] for users in segments]
    index: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, texts in enumerate(texts for users in members for texts in users):
        known = [index.setdefault(text, len(index)) for text in dict.fromkeys(texts)]
        rows += [row] * len(known)
        columns += known
    n_sampled = np.array([len(users) for users in members], np.float64)
    shape = (int(n_sampled.sum()), len(index))
    said = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
    units = _stream(list(index))
    return Corpus(list(index), units, join_characters(units), said, n_sampled)


def _stream(texts: Sequence[str]) -> Stream:
    """Return the words of the texts, with the end of each run."""
    index: defaultdict[str, int] = defaultdict()
    index.default_factory = index.__len__
    words: list[int] = []
    numbers: list[int] = []
    surfaces: list[str] = []
    follows: list[bool] = []
    for number, text in enumerate(texts):
        for run in runs(text):
            words.extend(map(index.__getitem__, run.keys))
            words.append(-1)
            surfaces.extend(run.surfaces)
            surfaces.append("")
            follows.extend(run.follows)
            follows.append(False)
            numbers.extend([number] * (len(run.keys) + 1))
    found: NDArray[np.object_] = np.array(surfaces, dtype=object)
    unspaced = np.array([is_unspaced(key) for key in index], np.bool_)
    return Stream(
        list(index),
        unspaced,
        np.array(words, np.int64),
        np.array(numbers, np.int64),
        found,
        np.array(follows, np.bool_),
    )
