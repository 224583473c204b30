"""Compile the C files of this folder to one shared library. By hand: `python -m stream.core.kernel.build`.

A compiler of the machine is used, else Zig's C compiler from PyPI, `ZIGLANG`. It needs no library and no header of the
machine, and compiles for other machines too. `hatch_build.py` loads this module by its path, before any package is
installed, so it imports the standard library only.

The library's name has a digest of all that it was made from, `_kernel-<machine>-<digest>.so`. A library of other
sources thus has another name and is never loaded.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
ZIGLANG = "ziglang==0.17.1"

# Every machine computes the same bits: no fast-math, and no multiplication fused with an addition.
FLAGS = (
    *("-std=c11", "-O3", "-g0", "-fPIC", "-shared", "-fvisibility=hidden"),
    *("-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra"),
)
# glibc 2.17 is that of manylinux_2_17. A target also keeps Zig from using what only this processor has.
ZIG_TARGETS = {"x86_64": "x86_64-linux-gnu.2.17", "aarch64": "aarch64-linux-gnu.2.17"}

_PROBE = "#include <math.h>\n#include <stdlib.h>\n#include <string.h>\nint probe(void) { return 1; }\n"

Command = tuple[str, ...]


class CompileError(Exception):
    """A failure to compile, with what the compiler said."""


def library_path(folder: Path = FOLDER, machine: str = "", sources: Path = FOLDER) -> Path:
    """Return the path in `folder` of the library that is made from these sources for a machine, by default this one."""
    digest = hashlib.sha256()
    for path in sorted([*sources.glob("*.c"), *sources.glob("*.h"), Path(__file__)]):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return folder / f"_kernel-{machine or platform.machine()}-{digest.hexdigest()[:16]}.so"


def build(folder: Path = FOLDER, machine: str = "", extra_flags: Sequence[str] = (), sources: Path = FOLDER) -> Path:
    """Compile the library into `folder`, unless it is there, and return its path; older libraries there are removed.

    Naming a machine takes Zig, even for this one: such a library runs on other systems too.
    """
    library = library_path(folder, machine, sources)
    if not library.exists():
        compiler = None if machine else find_compiler()
        command = compiler or zig(machine or platform.machine())
        files = [str(path) for path in sorted(sources.glob("*.c"))]
        with tempfile.TemporaryDirectory(prefix=".kernel-", dir=folder) as scratch:
            made = Path(scratch) / library.name
            run((*command, *FLAGS, *extra_flags, *files, "-o", str(made), "-lm"), Path(scratch))
            made.replace(library)
        for other in folder.glob("_kernel-*.so"):
            if other != library:
                other.unlink(missing_ok=True)
    return library


def find_compiler(
    environment: Mapping[str, str] = os.environ, works: Callable[[Command], bool] | None = None
) -> Command | None:
    """Return the first of `$CC`, cc, gcc and clang that works; None if none does.

    >>> find_compiler({"CC": "ccache gcc"}, lambda command: True)
    ('ccache', 'gcc')
    >>> find_compiler({}, lambda command: command == ("clang",))
    ('clang',)
    """
    named = tuple(shlex.split(environment.get("CC", "")))
    candidates = [command for command in (named, ("cc",), ("gcc",), ("clang",)) if command]
    return next((command for command in candidates if (works or can_compile)(command)), None)


def can_compile(command: Command) -> bool:
    """Return True if a command makes a shared library, with the headers of the C library."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "probe.c"
        source.write_text(_PROBE)
        try:
            run((*command, *FLAGS, str(source), "-o", str(source.with_suffix(".so")), "-lm"), Path(scratch))
        except (CompileError, OSError):
            return False
    return True


def zig(machine: str) -> Command:
    """Return the command of Zig's C compiler for a machine."""
    target = ("-target", ZIG_TARGETS[machine]) if sys.platform == "linux" else ()
    return (sys.executable, "-m", "ziglang", "cc", *target, "-s")


def run(command: Command, scratch: Path) -> None:
    """Run a compiler, with Zig's caches in `scratch`: without a home it has no other place."""
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(scratch / "zig"), "ZIG_LOCAL_CACHE_DIR": str(scratch / "zig")}
    ended = subprocess.run(command, env=os.environ | caches, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CompileError(f"{shlex.join(command)}\n{ended.stderr}")


if __name__ == "__main__":
    print(build())
