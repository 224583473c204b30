"""The applications beside the demo: `segue app` in one process, and their newest actions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from stream.core.sentence.visible_text import visible
from stream.demo.processes import DemoProcess, running, verb

_READ_BYTES = 1 << 20
_LATEST = 8


def running_applications(settings: Mapping[str, str], folder: Path, name: str) -> AbstractContextManager[DemoProcess]:
    """Run an application, or `all`, until the end of the block; the actions are lines of the log."""
    return running("applications", verb(settings, "app", name), folder, "", "")


class Actions:
    """Actions in a growing log: their number, the latest, and the newest of each application and kind of warning."""

    def __init__(self, log: Path) -> None:
        self.n = 0
        self.latest: deque[Mapping[str, Any]] = deque(maxlen=_LATEST)
        self.newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._log, self._position, self._rest = log, 0, b""

    def read(self) -> None:
        """Take the lines that were written since the last call."""
        with self._log.open("rb") as file:
            file.seek(self._position)
            while piece := file.read(_READ_BYTES):
                self._position += len(piece)
                *lines, self._rest = (self._rest + piece).split(b"\n")
                for line in lines:
                    self._take(line)

    def lines(self) -> list[str]:
        """Return the newest action of each application and kind, by name; the latest 8 of a single application."""
        is_alone = len({app for app, _ in self.newest}) == 1
        shown = reversed(self.latest) if is_alone else (self.newest[each] for each in sorted(self.newest))
        return [action_line(action) for action in shown]

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            return  # a message for people
        action = msgspec.json.decode(line, type=dict[str, Any])
        self.n += 1
        self.latest.append(action)
        self.newest[str(action.get("app", "")), str(action.get("warning", ""))] = action


def action_line(action: Mapping[str, Any]) -> str:
    """Return an action as a line for a terminal.

    >>> action_line({"app": "risk", "user": "7", "do": "review", "reason": "ten small payments in a minute"})
    'risk: user 7: review: ten small payments in a minute'
    """
    about = f"user {action['user']}" if "user" in action else f"segment {action.get('segment', '')}"
    said = (action.get("app"), about, action.get("do"), action.get("reason"))
    return visible(": ".join(str(each) for each in said if each))
