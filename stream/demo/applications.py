"""The applications beside the demo: `segue app all` in one process, and the newest action of each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from stream.core.sentence.visible_text import visible
from stream.demo.processes import DemoProcess, running, verb

_READ_BYTES = 1 << 20


def running_applications(settings: Mapping[str, str], folder: Path) -> AbstractContextManager[DemoProcess]:
    """Run the four applications until the end of the block; their actions are lines of the log."""
    return running("applications", verb(settings, "app", "all"), folder, "", "")


class Actions:
    """Actions in a growing log: the newest of each application, and the number of all."""

    def __init__(self, log: Path) -> None:
        self.newest: dict[str, Mapping[str, Any]] = {}
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
        """Return a line for each application, in order of the names."""
        return [action_line(self.newest[name]) for name in sorted(self.newest)]

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            return  # a message for people
        action = msgspec.json.decode(line, type=dict[str, Any])
        self.n += 1
        self.newest[str(action.get("app", ""))] = action


def action_line(action: Mapping[str, Any]) -> str:
    """Return an action as a line for a terminal.

    >>> action_line({"app": "risk", "user": "7", "reason": "ten small payments in a minute"})
    'risk: user 7: ten small payments in a minute'
    """
    about = f"user {action['user']}" if "user" in action else f"segment {action.get('segment', '')}"
    return visible(f"{action.get('app', '')}: {about}: {action.get('reason', '')}")
