"""Run the kernel's tests on a library with AddressSanitizer and UndefinedBehaviorSanitizer: `make sanitize`.

The first error ends the process. Python's own memory comes from `malloc`, so that the sanitizer also sees a read past
the end of a `bytes`. Leaks are not looked for: an interpreter frees little at its end. Arguments go to pytest.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from stream.core.kernel.build import FOLDER, Command, build, find_compiler

ROOT = Path(__file__).parents[3]
FLAGS = ("-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
CLANG_RUNTIME = f"libclang_rt.asan-{platform.machine()}.so"


def variables(folder: Path, compiler: Command) -> dict[str, str]:
    """Return the variables of a process that may load a library with sanitizers from a folder."""
    return os.environ | {
        "SEGUE_KERNEL_FOLDER": str(folder),
        "LD_PRELOAD": str(runtime(compiler)),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }


def runtime(compiler: Command) -> Path:
    """Return AddressSanitizer's library, which must be loaded before any other; gcc has it, or clang."""
    for name in ("libasan.so", CLANG_RUNTIME):
        command = (*compiler, f"-print-file-name={name}")
        path = Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
        if path.is_absolute():  # a name alone says that the compiler does not know the file
            return path
    raise SystemExit(f"{' '.join(compiler)} has no AddressSanitizer, neither libasan.so nor {CLANG_RUNTIME}")


def sanitized(folder: Path, compiler: Command, sources: Path = FOLDER) -> Path:
    """Compile a library with sanitizers into a folder, and return its path."""
    shared = ("-shared-libasan",) if runtime(compiler).name == CLANG_RUNTIME else ()
    return build(folder, extra_flags=(*FLAGS, *shared), sources=sources)


def main() -> int:
    """Compile the kernel and run its tests; return pytest's exit code."""
    compiler = find_compiler()
    if compiler is None:
        raise SystemExit("sanitizers need gcc or clang: ziglang has no runtime of AddressSanitizer")
    with tempfile.TemporaryDirectory() as scratch:
        sanitized(Path(scratch), compiler)
        kernel = Path(__file__).parent
        compilers = [f"--ignore={kernel / name}" for name in ("test_build.py", "test_compilers.py", "test_sanitize.py")]
        command = [sys.executable, "-m", "pytest", *compilers, *(sys.argv[1:] or [str(kernel)])]
        return subprocess.run(command, env=variables(Path(scratch), compiler), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
