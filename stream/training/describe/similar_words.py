"""Words that a reader takes for the same: plurals and other forms with a common beginning, longer words with a part."""

from __future__ import annotations

from collections.abc import Collection

from stream.training.describe.words import is_unspaced

_STEM_CHARS_MIN = 4
_STEM_SYLLABLES_MIN = 2  # of Hangul, where particles and endings follow the stem
_STEM_SYLLABLES_SHARE = 0.4
_STEM_SHARE = 0.55  # of the longer word: recipe and recipes, insure and insurance, but not card and care
_SHORT_CHARS_MIN = 3  # one letter more on a word of three: toy and toys


def are_similar(one: str, other: str) -> bool:
    """Return True if a reader takes both words, in small letters, for the same.

    >>> are_similar("recipe", "recipes"), are_similar("card", "care"), are_similar("运动鞋", "运动")
    (True, False, True)
    """
    short, long = sorted((one.replace("-", ""), other.replace("-", "")), key=len)
    if is_unspaced(short) and is_unspaced(long):
        return short == long or any(short[at : at + 2] in long for at in range(len(short) - 1))
    if short[:1] != long[:1]:
        return False
    if len(short) >= _SHORT_CHARS_MIN and long.startswith(short) and len(long) <= len(short) + 1:
        return True
    if short == long:
        return True
    stem = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if "\uac00" <= short[0] <= "\ud7a3":
        return stem >= _STEM_SYLLABLES_MIN and stem >= _STEM_SYLLABLES_SHARE * len(long)
    return stem >= _STEM_CHARS_MIN and stem >= _STEM_SHARE * len(long)


def share_words(one: Collection[str], other: Collection[str]) -> bool:
    """Return True if a word of one is similar to a word of the other."""
    return any(are_similar(a, b) for a in one for b in other)
