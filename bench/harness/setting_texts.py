"""Settings of a worker from texts by name; the rest has default values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from click.types import convert_type

from stream.cli.options import CommaSeparated
from stream.core.setting import Setting, SettingError, settings_of
from stream.settings import GROUPS, WorkerSettings, worker_settings


def settings_with(texts: Mapping[str, str]) -> WorkerSettings:
    """Return the settings with the named ones read from texts, as flags are. Raises SettingError."""
    known = {setting.name: setting for setting in settings_of(*GROUPS)}
    for name in texts:
        if name not in known:
            raise SettingError(f"no setting has the name {name}; docs/settings.md lists all")
    return worker_settings({name: _value(setting, texts.get(name)) for name, setting in known.items()})


def _value(setting: Setting, text: str | None) -> Any:
    if text is None:
        return setting.default
    return (CommaSeparated() if setting.type is tuple else convert_type(setting.type))(text)
