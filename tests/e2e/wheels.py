"""Wheels of this checkout, built with uv where there is one, else with pip, and the compiled kernel in them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}  # EM_X86_64 and EM_AARCH64 of the ELF specification


def build_wheel(folder: Path, machine: str = "") -> Path:
    """Return the only wheel of a folder after a build into it, for a named machine or for systems like this one."""
    variables = {"SEGUE_WHEEL_MACHINE": machine}
    if uv := find_uv():
        checked(uv, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT), variables=variables)
    else:
        checked(sys.executable, "-m", "venv", str(folder / "pip"))
        pip = (str(folder / "pip" / "bin" / "python"), "-m", "pip", "--quiet")
        checked(*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT), variables=variables)
    (found,) = folder.glob("segue-*.whl")
    return found


def kernel_machines(wheel: Path) -> list[str]:
    """Return the machine of each shared library in a wheel, as its ELF header tells it."""
    with zipfile.ZipFile(wheel) as archive:
        headers = [archive.read(name)[:20] for name in archive.namelist() if name.endswith(".so")]
    assert all(header.startswith(b"\x7fELF") for header in headers)
    return [ELF_MACHINES[struct.unpack_from("<H", header, 18)[0]] for header in headers]


def unpack_kernel(wheel: Path, folder: Path) -> Path:
    """Return the path of a wheel's shared library, unpacked into a folder."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        path = folder / Path(name).name
        path.write_bytes(archive.read(name))
    return path


def checked(*command: str, cwd: Path = ROOT, variables: Mapping[str, str] | None = None) -> str:
    """Return the standard output of a command that must succeed, run without this test's own Python path."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        command, cwd=cwd, env=env | dict(variables or {}), capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def find_uv() -> str | None:
    """Return uv as the Makefile finds it; None where there is none."""
    own = ROOT / ".uv" / "bin" / "uv"
    return shutil.which("uv") or (str(own) if own.exists() else None)
