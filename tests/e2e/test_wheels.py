"""`make wheel`: a wheel for each machine, compiled with Zig from PyPI, about 100 MB at the first time."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from stream.core.kernel.build import build
from tests.core.kernel.output_bits import digest_by, draw
from tests.e2e.wheels import ROOT, build_wheel, kernel_machines, unpack_kernel


@pytest.mark.chaos
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_wheel_for_a_machine_has_its_kernel_and_runs_on_any_linux_of_it(machine: str, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, machine)
    assert kernel_machines(wheel) == [machine]
    assert wheel.name.endswith(f"-py3-none-manylinux_2_17_{machine}.whl")


@pytest.mark.chaos
def test_zig_makes_the_same_bits_as_a_compiler_of_this_machine(tmp_path: Path) -> None:
    draw(tmp_path / "runs.pickle", n_runs=200)
    for name in ("own", "zig"):
        (tmp_path / name).mkdir()
    own = build(tmp_path / "own")
    zig = unpack_kernel(build_wheel(tmp_path, platform.machine()), tmp_path / "zig")
    assert (zig.name, zig.read_bytes() != own.read_bytes()) == (own.name, True)
    assert digest_by(tmp_path / "zig", tmp_path / "runs.pickle") == digest_by(
        tmp_path / "own", tmp_path / "runs.pickle"
    )


def test_make_wheel_builds_for_these_machines() -> None:
    recipe = re.search(r"^wheel:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert "for machine in x86_64 aarch64; do SEGUE_WHEEL_MACHINE=$$machine $(UV) build --wheel" in recipe[1]
