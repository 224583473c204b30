"""Standard output of a verb: any encoding, and a reader that may go away."""

from __future__ import annotations

import select
import sys
from io import TextIOWrapper, UnsupportedOperation


def print_anything() -> None:
    """Let text that the terminal's encoding lacks be printed as escapes instead of ending the verb."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def reader_is_gone() -> bool:
    """Return True once nobody reads standard output any more: the other end of the pipe, or the terminal, is closed."""
    if not hasattr(select, "poll"):  # Windows
        return False
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, UnsupportedOperation, ValueError):
        return False
    ask = select.poll()
    ask.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in ask.poll(0))
