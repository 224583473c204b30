"""The text step: what of a behaviour log's text reaches the tokenizer."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.core.text.behaviour import DEFAULTS
from stream.core.text.steps import OPTIONS, TextStep, TextStepError

STEP = TextStep("behaviour-1")
MEGABYTE = 1_000_000
LONG = 250_000
WHITESPACE = re.compile(r"\s\s|^\s|\s$|[^\S ]")

# What stages look for, whole and in pieces, in every width and case: joined at random they make what one may miss.
PIECES = [
    *"aAwW.:/?=&<>#%+-\"'()|*@;_ \t\x00", "AAA", "www.", "://", "http", "x://", "&amp;", "&lt;", "amp;", "<b>", "&#38;",
    "&#x26;", "%26", "%2F", "%3C", "%25", "41", "7777777", "abcdef12", "2b3c", "site:", "SITE:", "AND", "OR", "NOT",
    "1/2", "3", "/4", "\xad", "\u200d", "\ufe0f", "\u20e3", "\u0301", "\u0338", "\u0344", "é", "É", "İ", "Σ", "ß", "ŉ",
    "½", "⑴", "℀", "＜", "＞", "＆", "／", "？", "＝", "ｗ", "：", "”", "«", "中", "文", "🍕", "👍", "🏽", "🇺", "🇸",
    "\ud800", "\udc00", "ﷺ", "㏂", "ﬃ", "\u1e9b\u0323", "\u1100\u1161", "\u0f71\u0f72", "\u0f73",
]  # fmt: skip

LINEAR = [
    "<", "<a", "&", "&#9", "&#x", "a", "a.", "www.", "x:", "://", "x@", "//", "?", "?x", "%4", "-", "site:", "9", "a1",
    "abcdef1-", "AND ", "\u0301\u0316", "🇺", "👍🏽", "\ud800", "\x00", "\u202e", "牛", "\u0344",
]  # fmt: skip


def only(*names: str) -> TextStep:
    """`behaviour-1` with these options alone."""
    return TextStep("behaviour-1", {name: name in names for name in DEFAULTS})


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("html", "<p class='x'>Milk&nbsp;&amp; bread</p>", "Milk & bread"),
        ("html", "&lt;b&gt;milk&lt;/b&gt; &#39;fresh&#x27;", "milk 'fresh'"),
        ("html", "caf&amp;eacute;", "café"),
        ("html", "R&D costs < 5", "R & D costs 5"),
        ("html", "snow&shy;man &#xFF1C;i&#xFF1E;white", "snowman white"),
        ("html", "&#99999999999999; &nosuch;", "& #99999999999999; & nosuch;"),
        ("urls", "see https://www.Example.com/men/red-shoes?id=7&ref=x#top now", "see Example com men red shoes now"),
        ("urls", "https://me:secret@example.com/caf%C3%A9%20noir", "example com café noir"),
        ("urls", "x://a/%EF%BC%A1%C2%AD%00b%FFc", "a A bc"),
        ("urls", "看https://example.com/鞋?x=1好吗", "看 example com 鞋 好吗"),
        ("urls", "WWW.EXAMPLE.COM ftp://files.example.org", "EXAMPLE COM files example org"),
        ("urls", "/women/boots%20high?colour=red", "women boots high"),
        ("urls", "search?q=1 what? 1/2 gallon, 24/7 and/or", "search what? 1/2 gallon, 24/7 and or"),
        ("search", '"red shoes" OR (boots AND laces) NOT x|y*', "red shoes boots laces x y"),
        ("search", "site:example.com -boots +laces -site:x - c++ t-shirt", "example.com boots laces x c++ t-shirt"),
        ("search", "salt and pepper, ORANGE", "salt and pepper, ORANGE"),
        ("search", "“red” «shoes»", "red shoes"),
        ("lower", "FRESH Milk STRASSE ÀÉ", "fresh milk strasse àé"),
        ("lower", "J\u030c", "\u01f0"),
        ("repeats", "sooooo good!!!!!! AAA batteries III 10000000", "sooo good!!! AAA batteries III 10000000"),
        ("repeats", "milk milk milk bread milk", "milk bread milk"),
        ("repeats", "哈哈哈哈哈", "哈哈哈"),
        ("ids", "order 1234567 of 2017, 123456", "order of 2017, 123456"),
        ("ids", "550e8400-e29b-41d4-a716-446655440000 abcdef12 abcdef1 deadbeef", "abcdef1 deadbeef"),
        ("ids", "B07XJ8C8F5 iphone13promax256gb mp3 user_12345678", "iphone13promax256gb mp3 user_"),
        ("emoji", "🍕🍕🍕 tonight 👍🏽👍🏿", "slice of pizza tonight thumbs up sign"),
        ("emoji", "🇫🇷🇩🇪 1️⃣ 👩‍🍳", "fr de 1 woman cooking"),
        ("emoji", "5 ° © →", "5 ° © →"),
    ],
)
def test_each_option_removes_its_own_noise(option: str, text: str, expected: str) -> None:
    assert only(option).apply(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  line one\r\nline\ttwo\x00three\u3000four ", "line one line two three four"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ ﬁne", "Full width fine"),
        ("so\xadft zero\u200bwidth \ufeffmark \u202eright", "soft zerowidth mark right"),
        ("half \ud800 pair \udfff", "half pair"),
        ("cafe\u0301", "café"),
        ("牛奶 خبز हिन्दी ไทย", "牛奶 خبز हिन्दी ไทย"),
        ("", ""),
    ],
)
def test_without_options_a_text_is_readable_and_no_more(text: str, expected: str) -> None:
    assert only().apply(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FLUID MILK PRODUCTS 12/18&15PK CAN", "fluid milk products 12/18 & 15pk can"),
        ('<a href="https://x.example/buy?i=1">Buy&nbsp;NOW</a>!!!!!', "buy now !!!"),
        ("https://shop.example/dp/B07XJ8C8F5?ref=mail&utm=x", "shop example dp"),
        ("1234567890", ""),
        ("我想买一台新的笔记本电脑", "我想买一台新的笔记本电脑"),
    ],
)
def test_all_options_together(text: str, expected: str) -> None:
    assert STEP.apply(text) == expected


@settings(max_examples=400)
@example("wwww.x.com", {})
@example("1234567/2", {})
@example("12345678-x", {})
@example("a" + "\u0344" * 40, {"html": False, "lower": False})
@example("&amp;amp;amp;lt;", {"urls": False})
@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.dictionaries(st.sampled_from(list(DEFAULTS)), st.booleans()),
)
def test_normalisation_is_idempotent(text: str, options: dict[str, bool]) -> None:
    step = TextStep("behaviour-1", options)
    once = step.apply(text)
    assert step.apply(once) == once
    assert not WHITESPACE.search(once)


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_string_is_normalised(text: str) -> None:
    once = STEP.apply(text)
    assert STEP.apply(once) == once
    assert unicodedata.is_normalized("NFKC", once)
    assert not {unicodedata.category(character) for character in once} & {"Cc", "Cf", "Cs"}


def test_normalisation_is_idempotent_for_every_character() -> None:
    scripts = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10800), *range(0x1D000, 0x1FB00)]
    text = " ".join(map(chr, [*scripts, 0xE0001, 0x10FFFF]))
    for step in (STEP, only("lower"), only("html", "urls", "search")):
        once = step.apply(text)
        assert step.apply(once) == once


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", LINEAR)
def test_a_long_text_is_normalised_in_linear_time(piece: str) -> None:
    """A stage whose time grew with the square would take many minutes."""
    once = STEP.apply(piece * (LONG // len(piece)))
    assert not WHITESPACE.search(once)


def test_a_megabyte_of_all_characters_is_normalised() -> None:
    piece = "".join([*PIECES, *LINEAR])
    assert STEP.apply(piece * (MEGABYTE // len(piece))).startswith("aaw")


def test_a_long_row_of_marks_in_the_wrong_order_is_cut() -> None:
    once = only().apply("a" + "\u0301" * 10_000 + "\u0316" * 10_000)
    assert len(once) == 30  # the first of them is part of á


def test_no_step_changes_nothing() -> None:
    text = "<b> \ud800 WWW.x.y "
    assert TextStep("none").apply(text) == text


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("behaviour-2", {}, "'behaviour-2' is not known here, known are none, behaviour-1"),
        ("behaviour-1", {"html": True, "loud": True}, "behaviour-1 has no option loud, known are html, "),
        ("none", {"html": True}, "none has no option html, known are none"),
    ],
)
def test_an_unknown_text_step_is_refused(name: str, options: dict[str, bool], message: str) -> None:
    with pytest.raises(TextStepError, match=re.escape(message)):
        TextStep(name, options)


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_option_is_described(name: str) -> None:
    import stream.core.text.behaviour as described

    assert f"| `{name}` |" in (described.__doc__ or "")
    assert OPTIONS["behaviour-1"][name] is True
