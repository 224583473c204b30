"""The cache of published records in the user's cache folder: one file a moment, one folder for all it depends on."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from gzip import compress, decompress
from hashlib import sha256
from pathlib import Path

import msgspec

import stream
from stream.onnx.folder import MODEL, read_encoder_folder
from stream.onnx.shipped import encoder_folder
from stream.runtime.whole_file import whole_file

_CODE = ("core", "training", "jobs", "wire/profiles.py", "wire/memberships.py", "replay.py")
_KEY_DIGITS = 16


class Records(msgspec.Struct):
    """Newest values on `user-profiles` and `user-segments` by user, as bytes; None for an erased user."""

    profiles: dict[str, bytes | None] = {}
    segments: dict[str, bytes | None] = {}


@dataclass(frozen=True)
class PublishedCache:
    """A folder with the records of each moment of one replay."""

    folder: Path

    def has(self, time_ms: int) -> bool:
        """Return True if the moment is there."""
        return self._file(time_ms).is_file()

    def keep(self, time_ms: int, records: Records) -> None:
        """Write the records of a moment."""
        with whole_file(self._file(time_ms)) as file:
            file.write(compress(msgspec.msgpack.encode(records), compresslevel=1, mtime=0))

    def read(self, time_ms: int) -> Records:
        """Return the records of a moment."""
        return msgspec.msgpack.decode(decompress(self._file(time_ms).read_bytes()), type=Records)

    def _file(self, time_ms: int) -> Path:
        return self.folder / f"{time_ms}.msgpack.gz"


@contextmanager
def cache_of(settings: Mapping[str, str], encoder: str, households: Collection[int] | None) -> Iterator[PublishedCache]:
    """Open the cache of one replay; a second process waits, and then finds what the first one made."""
    version = read_encoder_folder(encoder_folder(encoder)).version_of(MODEL)
    chosen = None if households is None else sorted(households)
    parts = [sorted(settings.items()), version, chosen, code_digest(Path(stream.__file__).parent)]
    key = sha256(msgspec.json.encode(parts)).hexdigest()[:_KEY_DIGITS]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segue" / "published" / key
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield PublishedCache(folder)


def code_digest(package: Path) -> str:
    """Return a digest of the code that decides what is published."""
    found = sha256()
    for part in _CODE:
        path = package / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(f"{file.relative_to(package)}\n".encode() + file.read_bytes())
    return found.hexdigest()
