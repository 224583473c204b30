"""`segue` as a user starts it, in a folder and with an environment of the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result

from stream.cli.main import segue

_WIDE = 1000  # characters: help is not wrapped


def run(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
    """Run a verb without this process's own `SEGUE_` variables."""
    unset = {name: None for name in os.environ if name.startswith("SEGUE_")}
    with chdir(folder):
        return CliRunner().invoke(segue, arguments, env=unset | dict(env or {}), terminal_width=_WIDE)


def in_force(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the output of `segue config --json`, by setting."""
    done = run(folder, *_with_verb(arguments), "--json", env=env)
    assert done.exit_code == 0, done.output
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def verbs(group: click.Group = segue, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every verb with the words that call it; a group is no verb."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, (*path, name))
        else:
            yield (*path, name), command


def _with_verb(arguments: tuple[str, ...]) -> list[str]:
    """Put `--config FILE` before the verb and everything else after it."""
    before, behind = (arguments[:2], arguments[2:]) if arguments[:1] == ("--config",) else ((), arguments)
    return [*before, "config", *behind]
