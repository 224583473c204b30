"""The settings table of README.md, made from the settings: `python -m tests.readme_settings` prints it."""

from __future__ import annotations

from stream.settings import GROUPS, Setting, settings_of

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"


def shown_default(setting: Setting) -> str:
    """The default as one writes it in the environment; `empty` for none."""
    value = setting.default
    if isinstance(value, bool):
        return str(value).lower()
    return (",".join(value) if isinstance(value, tuple) else str(value)) or "empty"


def settings_table() -> str:
    """The table between the markers, the markers included."""
    rows = [f"| `{s.env}` | {_default(s)} | {s.help.replace('|', chr(92) + '|')} |" for s in settings_of(*GROUPS)]
    return "\n".join([BEGIN, "| variable | default | |", "|---|---|---|", *rows, END])


def _default(setting: Setting) -> str:
    shown = shown_default(setting)
    return shown if shown == "empty" else f"`{shown}`"


if __name__ == "__main__":
    print(settings_table())
