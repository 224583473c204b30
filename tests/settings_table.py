"""Table of docs/settings.md, made from the settings: `python -m tests.settings_table` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from stream.cli.options import EVERY_GROUP
from stream.core.setting import Setting, SettingsGroup, settings_of

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"
_TITLES = (
    "Connection to Kafka",
    "Engine",
    "Decisions",
    "Training",
    "Process",
    "Schema registry",
    "Dashboard and API",
    "Store",
    "Audience sink",
    "Marketing",
    "Recommendation",
    "Relationship",
    "Risk",
)


def shown_default(setting: Setting) -> str:
    """Return the default as the environment would hold it; `empty` for none."""
    value = setting.default
    if isinstance(value, bool):
        return str(value).lower()
    return (",".join(value) if isinstance(value, tuple) else str(value)) or "empty"


def settings_table() -> str:
    """Return one table a group between the markers, the markers included."""
    tables = [line for title, group in zip(_TITLES, EVERY_GROUP, strict=True) for line in _table(title, group)]
    return "\n".join([BEGIN, *tables, END])


def _table(title: str, group: type[SettingsGroup]) -> Iterator[str]:
    yield from (f"## {title}", "", "| variable | default | allowed | |", "|---|---|---|---|")
    for each in settings_of(group):
        yield f"| `{each.env}` | {_default(each)} | {_allowed(each)} | {each.help.replace('|', chr(92) + '|')} |"
    yield ""


def _default(setting: Setting) -> str:
    shown = shown_default(setting)
    return shown if shown == "empty" else f"`{shown}`"


def _allowed(setting: Setting) -> str:
    return ", ".join(f"`{choice}`" for choice in setting.choices) or str(setting.bounds)


if __name__ == "__main__":
    print(settings_table())
