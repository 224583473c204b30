"""`segue config`: the settings in force, with the source of each."""

from __future__ import annotations

import json
from typing import Any

import click
from click.core import ParameterSource

from stream.cli.options import EVERY_GROUP, SettingOption, settings_options
from stream.core.setting import Setting, settings_of
from stream.settings import build_group

MASK = "***"

_SOURCES = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
    ParameterSource.DEFAULT: "default",
}


@click.command()
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print one JSON object instead of text.")
@settings_options(*EVERY_GROUP)
@click.pass_context
def config(ctx: click.Context, /, as_json: bool, **values: Any) -> None:
    """Print every setting in force, with the source of the value.

    The text output is a TOML file for `segue --config FILE`; a secret is only a comment. Values out
    of bounds are an error, as in `segue worker`.
    """
    for group in EVERY_GROUP:
        build_group(group, values)
    rows = [(s, _masked(s, values[s.name]), _source(ctx, s)) for s in settings_of(*EVERY_GROUP)]
    if as_json:
        click.echo(json.dumps({s.name: {"value": value, "source": source} for s, value, source in rows}, indent=2))
        return
    for group in EVERY_GROUP:
        click.echo(f"[{group.__name__.lower()}]")
        for setting, value, source in rows:
            if setting.group is group:
                hidden = "# " if value == MASK else ""
                click.echo(f"{f'{hidden}{setting.name} = {_toml(value)}':<48} # {source}")
        click.echo()


def _source(ctx: click.Context, setting: Setting) -> str:
    source = ctx.get_parameter_source(setting.name)
    return _SOURCES.get(source, "default") if source else "default"


def _masked(setting: Setting, value: Any) -> Any:
    return MASK if setting.secret and value else value


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
