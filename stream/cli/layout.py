"""Options for the layout of a file of events, for every verb that reads one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from tqdm import tqdm

from stream.cli.options import SettingOption
from stream.core.sentence.visible_text import visible
from stream.files.layout import Format, Layout, LayoutError, read_columns

Command = TypeVar("Command", bound=Callable[..., Any])


class Columns(click.ParamType):
    """A mapping from fields of an event to columns of a file, as one word."""

    name = "field=column,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Mapping[str, tuple[str, ...]]:
        """Convert `"user_id=customer"` to `{"user_id": ("customer",)}`."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        try:
            return read_columns(value)
        except LayoutError as error:
            self.fail(str(error), param, ctx)


_OPTIONS = (
    click.option(
        "--columns",
        cls=SettingOption,
        type=Columns(),
        default="",
        envvar="SEGUE_COLUMNS",
        help="Columns of user_id, timestamp, text, amount, kind and id; empty: guessed by their names.",
    ),
    click.option(
        "--format",
        "file_format",
        cls=SettingOption,
        type=click.Choice([each.value for each in Format]),
        envvar="SEGUE_FORMAT",
        help="Format of the file; empty: found from its first bytes.",
    ),
    click.option(
        "--sort/--no-sort",
        cls=SettingOption,
        default=None,
        envvar="SEGUE_SORT",
        help="Put events in the order of time first; empty: files yes, standard input no.",
    ),
    click.option(
        "--day-first/--no-day-first",
        cls=SettingOption,
        default=None,
        envvar="SEGUE_DAY_FIRST",
        help="Read 1/2/2026 as 1 February, or as January 2; empty: found from the first times.",
    ),
)


def layout_options(command: Command) -> Command:
    """Give a command the options of a layout: `columns`, `file_format`, `sort` and `day_first`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def layout_of(values: dict[str, Any]) -> Layout:
    """Take the values of the options out of a command's values."""
    file_format = values.pop("file_format")
    return Layout(
        Format(file_format) if file_format else None, values.pop("columns"), values.pop("sort"), values.pop("day_first")
    )


def tell(sentence: str) -> None:
    """Print a sentence on standard error, above a progress bar."""
    with tqdm.external_write_mode(nolock=True):
        click.echo(visible(sentence), err=True)
