"""One writer a file, among all processes of this machine."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from stream.store.errors import StoreBusyError, StoreError


class WriterLock:
    """A lock on `PATH.lock`, held until `release` or the end of the process.

    `owner` and `setting` are for sentences. The file stays: a lock on a file that another process deletes would hold
    nobody back.
    """

    def __init__(self, path: Path, owner: str, setting: str) -> None:
        name = path.with_name(path.name + ".lock")
        try:
            self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {name}: {error.strerror}; name another file ({setting})") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise StoreBusyError(
                f"{path} is written by another process: give each {owner} a file of its own ({setting})"
            ) from None

    def release(self) -> None:
        """Let another process write."""
        os.close(self._file)
