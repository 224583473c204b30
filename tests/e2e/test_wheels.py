"""`make wheel`: a wheel for each machine, compiled with Zig from PyPI, about 100 MB at the first time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.wheels import ROOT, build_wheel, kernel_machines


@pytest.mark.chaos
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_wheel_for_a_machine_has_its_kernel_and_runs_on_any_linux_of_it(machine: str, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, machine)
    assert kernel_machines(wheel) == [machine]
    assert wheel.name.endswith(f"-py3-none-manylinux_2_17_{machine}.whl")


def test_make_wheel_builds_for_these_machines() -> None:
    recipe = re.search(r"^wheel:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert "for machine in x86_64 aarch64; do SEGUE_WHEEL_MACHINE=$$machine $(UV) build --wheel" in recipe[1]
