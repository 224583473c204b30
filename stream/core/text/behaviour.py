"""The text step `behaviour-1`: removes what behaviour logs write around the words.

| option | effect |
|---|---|
| `html` | entities are decoded, twice; tags and lone `<` and `>` are removed; `&` is separated |
| `urls` | addresses and paths keep their words: no scheme, password, `www`, query, fragment, `/` (except 1/2) |
| `search` | removes quotes, brackets, `* ~ ^ |`, the operators `AND` `OR` `NOT`, leading `+` `-` and `site:` |
| `lower` | lower case |
| `repeats` | runs of more than three equal characters become three (AAA and III are words); repeated words become one |
| `ids` | removes UUIDs, 7 or more digits, 8 or more hex digits with letters and digits, codes like B07XJ8C8F5 |
| `emoji` | an emoji becomes its Unicode name, once for a run; a flag becomes its country code; no skin tones |

Always: NFKC; controls, lone surrogates, invisible characters and combining marks after the 30th in a run are removed;
words are separated by one space.

A removed part leaves a space. No stage creates input for an earlier one, so the step is idempotent. No pattern can
backtrack over more than a few characters, so time is linear. Unicode data is Python's own. For characters of Unicode
14, the version of the oldest supported Python, results are equal under every Python.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import groupby
from unicodedata import category

DEFAULTS: dict[str, bool] = dict.fromkeys(("html", "urls", "search", "lower", "repeats", "ids", "emoji"), True)

_MARKS_MAX = 30  # UAX #15, Stream-Safe Text: Python's NFKC is quadratic in the length of a run of marks
_REPLACEMENTS = {"Cc": " ", "Cs": " ", "Cf": None}  # Unicode category → replacement; Cf: joiners, direction marks, BOM
_UNSEEN = {**dict.fromkeys(range(0xFE00, 0xFE10)), 0x20E3: None}  # variation selectors and the frame of a keycap
_ID_CHANGES = 5  # between digits and letters: words have fewer, such as `iphone13promax256gb`

_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*+>|[<>]")
_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]{0,15}+://(?:[^\s/?#@]*+@)?|(?<![A-Za-z0-9_])(?=[Ww]{3,}+[0-9]{0,2}+\.)|(?<!\S)/)"
    r"(?:[Ww]{3,}+[0-9]{0,2}+\.)?+(\S*+)"
)
_QUERY = re.compile(r"[?#][!-~]*+")
_LOOSE = re.compile(r"(?<![0-9A-Za-z/])([0-9]{1,3}/[0-9]{1,3})(?![0-9A-Za-z/])|\?(?=[^\s?=]*+=)[!-~]*+|/")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_ASCII_SIGNS = re.compile(r"[!-/:-@\[-`{-~]++")
_SEARCH = re.compile(r'["“”„«»‹›()\[\]{}|*~^]|(?<![A-Za-z0-9_])(?:AND|OR|NOT)(?![A-Za-z0-9_])')
_PREFIX = re.compile(
    r"(?<!\S)(?:[-+]|(?:site|inurl|intitle|intext|allintitle|filetype|related|cache):)++", re.IGNORECASE
)
_RUN = re.compile(r"(\D)\1{3,}+")
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_CODE = re.compile(r"[0-9A-Za-z]{7,}+")
_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_EMOJI = re.compile(
    "([\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff])"
    "(?:[\U0001f3fb-\U0001f3ff]*+\\1)*+"
)


def normalise(text: str, options: Mapping[str, bool]) -> str:
    """Return the normalised text; `options` has every name of DEFAULTS."""
    text = _readable(text)
    if options["html"]:
        text = _without_html(text)
    if options["urls"]:
        text = _LOOSE.sub(r" \1 ", _ADDRESS.sub(_words_of_address, text))
    if options["html"]:
        text = text.replace("&", " & ")
    if options["search"]:
        text = _SEARCH.sub(" ", text)
    if options["lower"]:
        text = _readable(text.lower())
    if options["repeats"]:
        text = _RUN.sub(r"\1\1\1", text)
    if options["ids"]:
        text = _CODE.sub(_unless_id, _UUID.sub(" ", text))
    if options["emoji"]:
        text = _TONE.sub(" ", _EMOJI.sub(_name, _FLAG.sub(_country, text)))
    if options["search"]:
        text = _PREFIX.sub(" ", text)
    words = text.split()
    return " ".join(word for word, _ in groupby(words)) if options["repeats"] else " ".join(words)


def _readable(text: str) -> str:
    """Return the text in NFKC without invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return _visible(
        unicodedata.normalize("NFKC", _visible(text))
    )  # before: bounds the time of NFKC; after: NFKC may add marks


def _visible(text: str) -> str:
    """Replace controls and lone surrogates by spaces; remove invisible characters and excess marks."""
    characters = set(text)
    text = text.translate({ord(c): _REPLACEMENTS[category(c)] for c in characters if category(c) in _REPLACEMENTS})
    text = text.translate(_UNSEEN)
    may_have_runs = len(text) > _MARKS_MAX and any(map(unicodedata.combining, characters))
    return "".join(_few_marks(text)) if may_have_runs else text


def _few_marks(text: str) -> Iterator[str]:
    n_marks = 0
    for character in text:
        n_marks = n_marks + 1 if unicodedata.combining(character) else 0
        if n_marks <= _MARKS_MAX:
            yield character


def _without_html(text: str) -> str:
    for _ in range(2):
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _TAG.sub(" ", _readable(text))


def _words_of_address(address: re.Match[str]) -> str:
    decoded = _PERCENT.sub(_decoded, _QUERY.sub(" ", address[1]))
    return f" {_ASCII_SIGNS.sub(' ', _readable(decoded))} "


def _decoded(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("%", "")).decode("utf-8", "ignore")


def _unless_id(code: re.Match[str]) -> str:
    word = code[0].lower()
    n_digits = sum(map(word.count, "0123456789"))
    n_hex = n_digits + sum(map(word.count, "abcdef"))
    n_changes = sum(1 for _ in groupby(word, str.isdigit)) - 1
    is_hex = len(word) >= 8 and n_hex == len(word) and n_digits > 0
    return " " if n_digits == len(word) or is_hex or (len(word) >= 10 and n_changes >= _ID_CHANGES) else code[0]


def _name(emoji: re.Match[str]) -> str:
    return f" {unicodedata.name(emoji[1], '').lower().replace('-', ' ')} "


def _country(flag: re.Match[str]) -> str:
    letters = "".join(chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in flag[0])
    return f" {letters} "
