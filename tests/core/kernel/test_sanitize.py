"""The sanitizers of `make sanitize` find faults in C, memory of Python included, and let correct C pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stream.core.kernel.build import find_compiler
from tests.core.kernel.sanitize import sanitized, variables

COMPILER = find_compiler()
C = """
#include <stdint.h>
#include <stdlib.h>
#define PUBLIC __attribute__((visibility("default")))
PUBLIC int fault(const char *bytes, int at);
PUBLIC int fault(const char *bytes, int at) { %s }
"""
CALL = "import ctypes, sys; print(ctypes.CDLL(sys.argv[1]).fault(b'seven b', int(sys.argv[2])))"


def call(folder: Path, body: str, at: int) -> subprocess.CompletedProcess[str]:
    """Run a C function of some bytes and a number, compiled with sanitizers, in a Python of its own."""
    assert COMPILER is not None
    (folder / "fault.c").write_text(C % body)
    library = sanitized(folder, COMPILER, folder)
    command = [sys.executable, "-c", CALL, str(library), str(at)]
    environment = variables(folder, COMPILER)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
@pytest.mark.parametrize(
    ("body", "at", "found"),
    [
        ("return bytes[at];", 8, "AddressSanitizer: heap-buffer-overflow"),  # 7 bytes and the zero that Python appends
        ("char *p = malloc(4); free(p); return p[at];", 0, "AddressSanitizer: heap-use-after-free"),
        ("return bytes[0] + 2147483647 + at;", 0, "runtime error: signed integer overflow"),
        ("return bytes[0] << at;", 40, "runtime error: shift exponent 40 is too large"),
    ],
    ids=["past the end", "after free", "overflow", "shift"],
)
def test_a_fault_ends_the_process_with_its_name(body: str, at: int, found: str, tmp_path: Path) -> None:
    ended = call(tmp_path, body, at)
    assert ended.returncode != 0
    assert found in ended.stderr


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
def test_correct_c_passes(tmp_path: Path) -> None:
    ended = call(tmp_path, "char *p = malloc(4); p[at] = bytes[7]; at = p[at]; free(p); return at;", 3)
    assert (ended.returncode, ended.stdout) == (0, "0\n"), ended.stderr
