"""Flags of every command."""

from __future__ import annotations

from pathlib import Path

import click

quick_option = click.option(
    "--quick", is_flag=True, help="Small sizes: shows in some minutes that it works; not numbers to quote."
)
json_option = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="File for numbers and conditions."
)
