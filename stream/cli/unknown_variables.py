"""Environment variables that begin with SEGUE_ and are no setting: most are typing errors, and all are ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

import click

from stream.cli.options import EVERY_GROUP
from stream.core.setting import settings_of

_PREFIX = "SEGUE_"
_ALIKE = 0.7  # least share of common letters in a name to suggest
_OTHERS = frozenset({"SEGUE_CONFIG", "SEGUE_CACHE_DIR"})
_KUBERNETES = re.compile(r"SEGUE_(SERVICE_(HOST|PORT).*|PORT(_\d+_.*)?)")  # set for a service of the name `segue`


def warnings(environment: Mapping[str, str], group: click.Group) -> Iterator[str]:
    """Yield a sentence for each variable that no verb of the group reads, with the nearest name that one does."""
    known = {*_OTHERS, *(setting.env for setting in settings_of(*EVERY_GROUP)), *_variables(group, ())}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known and not _KUBERNETES.fullmatch(name):
            ours = [each.removeprefix(_PREFIX) for each in known]
            near = get_close_matches(name.removeprefix(_PREFIX), ours, n=1, cutoff=_ALIKE)
            yield f"{name} is no setting and is ignored" + (f"; did you mean {_PREFIX}{near[0]}?" if near else "")


def _variables(command: click.Command, path: tuple[str, ...]) -> Iterable[str]:
    """Yield the variables of all options below a command."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and path:
            own = "_".join((*path, parameter.name or "")).replace("-", "_").upper()
            yield str(parameter.envvar or f"{_PREFIX}{own}")
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _variables(below, (*path, name))
