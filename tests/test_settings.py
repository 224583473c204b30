"""Every setting: one name, one variable, one sentence, one default."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stream.settings import CHOICES, GROUPS, HELP, SECRET, Process, ProcessError, Setting, build, settings_of

ALL = list(settings_of(*GROUPS))
each = pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.name)


@each
def test_a_setting_has_a_sentence_of_help(setting: Setting) -> None:
    assert re.fullmatch(r"\S.*\S\.", setting.help)


@each
def test_a_setting_is_called_in_the_environment_as_in_code(setting: Setting) -> None:
    assert setting.env == "SEGUE_" + setting.name.upper()
    assert re.fullmatch(r"SEGUE_[A-Z0-9_]+", setting.env)


@each
def test_a_setting_has_the_default_of_its_noun(setting: Setting) -> None:
    assert setting.default == getattr(setting.noun(), setting.name)
    assert isinstance(setting.default, setting.type)


def test_no_two_nouns_have_a_setting_of_the_same_name() -> None:
    names = [setting.name for setting in ALL]
    assert sorted(set(names)) == sorted(names)


def test_nothing_is_described_that_is_no_setting() -> None:
    names = {setting.name for setting in ALL}
    assert set(HELP) == names
    assert set(CHOICES) <= names
    assert names >= SECRET


@pytest.mark.parametrize("name", CHOICES)
def test_a_default_is_one_of_its_choices(name: str) -> None:
    (setting,) = (s for s in ALL if s.name == name)
    assert setting.default in CHOICES[name]


def test_a_noun_is_built_from_its_own_values_among_others() -> None:
    values = {setting.name: setting.default for setting in ALL} | {"http_port": 0, "group": "other"}
    assert build(Process, values) == Process(http_port=0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"http_port": 70_000}, "http_port must be 0 to 65535, got 70000 (SEGUE_HTTP_PORT)"),
        ({"http_port": -1}, "http_port must be 0 to 65535, got -1 (SEGUE_HTTP_PORT)"),
        ({"encode_threads": 0}, "encode_threads must be > 0, got 0 (SEGUE_ENCODE_THREADS)"),
        ({"max_text_chars": 0}, "max_text_chars must be > 0, got 0 (SEGUE_MAX_TEXT_CHARS)"),
        ({"cache_texts": -1}, "cache_texts must be >= 0, got -1 (SEGUE_CACHE_TEXTS)"),
        ({"stall_s": float("nan")}, "stall_s must be > 0, got nan (SEGUE_STALL_S)"),
        ({"log_level": "loud"}, "log_level must be one of debug, info, warning, error, got 'loud' (SEGUE_LOG_LEVEL)"),
    ],
)
def test_a_process_out_of_bounds_is_refused_with_what_was_got_and_where_to_change_it(
    wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ProcessError, match=f"^{re.escape(sentence)}$"):
        Process(**wrong)
