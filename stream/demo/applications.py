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
    """Actions in a growing log: their number, and the newest of each application, or several of the only one."""

    def __init__(self, log: Path) -> None:
        self.latest: dict[str, deque[Mapping[str, Any]]] = {}
        self.n = 0
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
        """Return a line for each application, in order of the names; the latest 8 actions of a single one."""
        if len(self.latest) == 1:
            (only,) = self.latest.values()
            return [action_line(action) for action in reversed(only)]
        return [action_line(self.latest[name][-1]) for name in sorted(self.latest)]

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            return  # a message for people
        action = msgspec.json.decode(line, type=dict[str, Any])
        self.n += 1
        self.latest.setdefault(str(action.get("app", "")), deque(maxlen=_LATEST)).append(action)


def action_line(action: Mapping[str, Any]) -> str:
    """Return an action as a line for a terminal.

    >>> action_line({"app": "risk", "user": "7", "do": "review", "reason": "ten small payments in a minute"})
    'risk: user 7: review: ten small payments in a minute'
    """
    about = f"user {action['user']}" if "user" in action else f"segment {action.get('segment', '')}"
    said = (action.get("app"), about, action.get("do"), action.get("reason"))
    return visible(": ".join(str(each) for each in said if each))
