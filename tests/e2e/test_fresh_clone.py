"""A fresh clone on a machine without a C compiler: `make setup` fetches Zig from PyPI, some 100 MB, and compiles."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ("make", "sh", "rm", "ls", "git")
NETWORK = ("PIP_", "SSL_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine with Python, make and git, and without a C compiler, a home or a cache."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(shutil.which(name) or "")
    (programs / "python3").symlink_to(os.path.realpath(sys.executable))
    network = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}
    return network | {"PATH": str(programs), "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the files that git knows or would add."""
    folder = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.chaos
def test_a_machine_without_a_compiler_compiles_the_kernel(bare_machine: dict[str, str], clone: Path) -> None:
    def output(*command: str) -> str:
        ended = subprocess.run(command, cwd=clone, env=bare_machine, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    ask = "from stream.core.kernel.build import find_compiler; print(find_compiler())"
    assert output("python3", "-c", ask) == "None\n"
    load = (".venv/bin/python", "-c", "from stream.core.kernel.library import load; print(load()._name)")
    make = shutil.which("make", path=bare_machine["PATH"]) or ""
    output(make, "setup")
    library = Path(output(*load).strip())
    assert b"LLVM" in library.read_bytes() or b"LLD" in library.read_bytes()  # Zig's compiler names itself there
    shutil.rmtree(clone / ".venv")
    library.unlink()
    output(make, "setup")  # uv has an install of this folder in its cache, and the library is gone
    assert Path(output(*load).strip()) == library
