"""Command-line options out of `stream/settings.py`, so that flag, environment, TOML and README can not disagree."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from stream.settings import CHOICES, GROUPS, Setting, build, settings_of

Command = TypeVar("Command", bound=Callable[..., Any])
Noun = TypeVar("Noun")


class SettingOption(click.Option):
    """Shows `[env: SEGUE_…] [default: …]` behind its help, and its variable's name in an error."""

    def get_error_hint(self, ctx: click.Context) -> str:
        """The flag and the variable: a wrong value can come from either, or from the file."""
        return f"{super().get_error_hint(ctx)} ({self.variable(ctx)})"

    def variable(self, ctx: click.Context) -> str:
        """Its environment variable: a setting's own, or one that names the verb too."""
        return str(self.envvar or f"{ctx.auto_envvar_prefix}_{(self.name or '').upper()}")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """The flag, and its help with where else it can be set."""
        flag = ", ".join(self.opts + self.secondary_opts)
        metavar = "" if self.is_flag else f" {self.make_metavar(ctx)}"
        return flag + metavar, f"{self.help} [env: {self.variable(ctx)}] [default: {_shown(self.default)}]"


class Names(click.ParamType):
    """Comma-separated names as a tuple."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """`"a, b"` or `["a", "b"]` to `("a", "b")`."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
            self.fail(f"{value!r} is neither comma-separated names nor a list of names.", param, ctx)
        return tuple(part.strip() for part in parts if part.strip())


def settings_options(*nouns: type[Any]) -> Callable[[Command], Command]:
    """Give a command an option for every setting of these nouns."""

    def decorate(command: Command) -> Command:
        for setting in reversed(list(settings_of(*nouns))):
            command = _option(setting)(command)
        return command

    return decorate


def noun(kind: type[Noun], values: Mapping[str, Any]) -> Noun:
    """Build a noun from parsed options; a value out of bounds ends the command with the noun's own sentence."""
    try:
        return build(kind, values)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def read_config(path: Path, group: click.Group) -> dict[str, Any]:
    """A TOML file as click's default map: every command below `group` gets every setting. Tables only group; unknown
    names are an error."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"can not read the settings file {path}: {error} (--config, SEGUE_CONFIG)") from error
    values: dict[str, Any] = {}
    for name, value in document.items():
        values |= value if isinstance(value, dict) else {name: value}
    known = {setting.name for setting in settings_of(*GROUPS)}
    if unknown := sorted(set(values) - known):
        raise click.UsageError(f"{path} has no setting of the name {unknown[0]!r}; `segue config` lists them")
    return _default_map(group, values)


def _default_map(group: click.Group, values: dict[str, Any]) -> dict[str, Any]:
    """`values` for every command of the group; a group among them hands its own on."""
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
    if setting.name in CHOICES:
        return click.Choice(CHOICES[setting.name])
    return Names() if setting.type is tuple else setting.type


def _raw_default(setting: Setting) -> Any:
    return ",".join(setting.default) if setting.type is tuple else setting.default


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "empty" if value in ("", None) or repr(value).startswith("Sentinel") else str(value)
