"""Settings: one name, one variable, one sentence and one default each, and one error for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from stream.cli.options import EVERY_GROUP
from stream.core.policy import Policy
from stream.core.setting import Setting, SettingError, check_settings, setting, settings_of
from stream.settings import Process, build_group

ALL = list(settings_of(*EVERY_GROUP))
DEFAULTS = {each.name: each.default for each in ALL}
each = pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.name)


class Shape(StrEnum):
    ROUND = "round"
    FLAT = "flat"


def _even(text: str) -> int:
    if int(text) % 2:
        raise ValueError("an even number")
    return int(text)


@dataclass(frozen=True)
class Plate:
    """A settings group with each kind of field that the real ones may have."""

    width: int = setting(3, "Width.", gt=0, le=10)
    depth: float = setting(0.5, "Depth.", ge=0, lt=1)
    shape: Shape = setting(Shape.ROUND, "Shape.")
    holes: tuple[int, ...] = setting((), "Holes.", parse=_even)

    def __post_init__(self) -> None:
        check_settings(self)


@each
def test_a_setting_has_a_sentence_of_help(setting: Setting) -> None:
    assert re.fullmatch(r"\S.*\S\.", setting.help)


@each
def test_the_environment_variable_is_the_name_in_capitals(setting: Setting) -> None:
    assert setting.env == "SEGUE_" + setting.name.upper()
    assert re.fullmatch(r"SEGUE_[A-Z0-9_]+", setting.env)


@each
def test_a_default_is_that_of_its_group_and_inside_its_own_limits(setting: Setting) -> None:
    assert setting.default == getattr(setting.group(), setting.name)
    assert isinstance(setting.default, setting.type)
    setting.check(setting.default)


def test_no_two_groups_have_a_setting_of_the_same_name() -> None:
    names = [each.name for each in ALL]
    assert sorted(set(names)) == sorted(names)


def test_a_group_is_built_from_its_own_values_among_others() -> None:
    assert build_group(Process, DEFAULTS | {"http_port": 0, "group": "other"}) == Process(http_port=0)


def test_an_enum_and_parsed_items_are_typed_in_a_built_group() -> None:
    plate = build_group(Plate, {"width": 4, "depth": 0.25, "shape": "flat", "holes": ("2", "4")})
    assert plate == Plate(4, 0.25, Shape.FLAT, (2, 4))
    assert isinstance(plate.shape, Shape)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"width": 0}, "width must be > 0 and <= 10, got 0 (SEGUE_WIDTH)"),
        ({"width": 11}, "width must be > 0 and <= 10, got 11 (SEGUE_WIDTH)"),
        ({"depth": 1.0}, "depth must be 0 to below 1, got 1.0 (SEGUE_DEPTH)"),
        ({"depth": float("nan")}, "depth must be 0 to below 1, got nan (SEGUE_DEPTH)"),
        ({"shape": "square"}, "shape must be one of round, flat, got 'square' (SEGUE_SHAPE)"),
        ({"holes": ("2", "3")}, "holes must be an even number, got '3' (SEGUE_HOLES)"),
    ],
)
def test_a_value_out_of_bounds_is_refused_in_a_built_group(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(sentence)}$"):
        build_group(Plate, {"width": 3, "depth": 0.5, "shape": "round", "holes": ()} | wrong)


def test_a_field_that_is_no_setting_is_an_error_of_its_group() -> None:
    @dataclass(frozen=True)
    class Plain:
        width: int = 3

    with pytest.raises(TypeError, match=r"Plain\.width is no setting"):
        list(settings_of(Plain))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"http_port": 70_000}, "http_port must be 0 to 65,535, got 70000 (SEGUE_HTTP_PORT)"),
        ({"http_port": -1}, "http_port must be 0 to 65,535, got -1 (SEGUE_HTTP_PORT)"),
        ({"encoder_threads": 0}, "encoder_threads must be > 0, got 0 (SEGUE_ENCODER_THREADS)"),
        ({"max_text_chars": 0}, "max_text_chars must be > 0, got 0 (SEGUE_MAX_TEXT_CHARS)"),
        ({"cache_texts": -1}, "cache_texts must be >= 0, got -1 (SEGUE_CACHE_TEXTS)"),
        ({"stall_s": float("nan")}, "stall_s must be > 0, got nan (SEGUE_STALL_S)"),
        ({"log_level": "loud"}, "log_level must be one of debug, info, warning, error, got 'loud' (SEGUE_LOG_LEVEL)"),
    ],
)
def test_a_process_setting_out_of_bounds_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(sentence)}$"):
        Process(**wrong)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pin", "employee"),
        ("pin", "employee=true:unknown"),
        ("overrides", "s-0001:margin=2"),
        ("overrides", "pending:margin=0.2"),
    ],
)
def test_a_bad_pin_or_override_is_refused_with_the_text_and_the_variable(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=re.escape(f"got {text!r} (SEGUE_{name.upper()})")):
        build_group(Policy, DEFAULTS | {name: (text,)})
