"""Command-line options made from `stream/settings.py`, so that flag, environment, TOML and documents agree."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import click

from apps.settings import APP_GROUPS
from stream.core.setting import Setting, SettingsGroup, settings_of
from stream.settings import GROUPS

EVERY_GROUP: tuple[type[SettingsGroup], ...] = (*GROUPS, *APP_GROUPS)

Command = TypeVar("Command", bound=Callable[..., Any])


class SettingOption(click.Option):
    """An option with `[env: SEGUE_…] [default: …]` after the help, and the variable's name in errors."""

    def get_error_hint(self, ctx: click.Context) -> str:
        """Return the flag and the variable: a wrong value can come from either, or from the file."""
        return f"{super().get_error_hint(ctx)} ({self.variable(ctx)})"

    def variable(self, ctx: click.Context) -> str:
        """Return the environment variable: a setting's own, or one with the name of the verb too."""
        return str(self.envvar or f"{ctx.auto_envvar_prefix}_{(self.name or '').upper()}")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return the flag, and the help with the variable and the default."""
        flag = ", ".join(self.opts + self.secondary_opts)
        metavar = "" if self.is_flag else f" {self.make_metavar(ctx)}"
        return flag + metavar, f"{self.help} [env: {self.variable(ctx)}] [default: {_shown(self.default)}]"


class CommaSeparated(click.ParamType):
    """A tuple of names, written with commas."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Convert `"a, b"` or `["a", "b"]` to `("a", "b")`."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
            self.fail(f"{value!r} is neither comma-separated names nor a list of names.", param, ctx)
        return tuple(part.strip() for part in parts if part.strip())


def settings_options(*groups: type[SettingsGroup]) -> Callable[[Command], Command]:
    """Return a decorator to give a command an option for every setting of the groups."""

    def decorate(command: Command) -> Command:
        for setting in reversed(list(settings_of(*groups))):
            command = _option(setting)(command)
        return command

    return decorate


def setting_option(group: type[SettingsGroup], name: str) -> Callable[[Command], Command]:
    """Return a decorator to give a command the option of one setting."""
    (setting,) = (each for each in settings_of(group) if each.name == name)
    return _option(setting)


def read_config(path: Path, group: click.Group) -> dict[str, Any]:
    """Return a TOML file as click's default map: every command below `group` gets every setting.

    Tables only group settings. Raises UsageError for an unreadable file and for an unknown name.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"cannot read the settings file {path}: {error} (--config, SEGUE_CONFIG)") from error
    values: dict[str, Any] = {}
    for name, value in document.items():
        values |= value if isinstance(value, dict) else {name: value}
    known = {setting.name for setting in settings_of(*EVERY_GROUP)}
    if unknown := sorted(set(values) - known):
        raise click.UsageError(f"{path} has no setting of the name {unknown[0]!r}; `segue config` lists them")
    return _default_map(group, values)


def _default_map(group: click.Group, values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` for every command of the group, subgroups included."""
    commands = group.commands.items()
    return {name: _default_map(c, values) if isinstance(c, click.Group) else values for name, c in commands}


def _option(setting: Setting) -> Callable[[Command], Command]:
    flag = "--" + setting.name.replace("_", "-")
    if setting.type is bool:
        flag += "/--no-" + setting.name.replace("_", "-")
    return click.option(
        flag,
        setting.name,
        cls=SettingOption,
        type=_type(setting),
        default=_raw_default(setting),
        envvar=setting.env,
        help=setting.help,
    )


def _type(setting: Setting) -> click.ParamType | type[Any]:
    if setting.choices:
        return click.Choice(setting.choices)
    return CommaSeparated() if setting.type is tuple else setting.type


def _raw_default(setting: Setting) -> Any:
    if isinstance(setting.default, Enum):
        return setting.default.value
    return ",".join(setting.default) if setting.type is tuple else setting.default


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "empty" if value in ("", None) or repr(value).startswith("Sentinel") else str(value)
