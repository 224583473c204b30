"""Put the compiled kernel and the shipped encoders into the wheel.

An editable install has the kernel beside its sources and no copies of the encoders: a checkout reads `models/` itself
(`stream/onnx/shipped.py`). `SEGUE_WHEEL_MACHINE` names the machine of the wheel (`make wheel`).
"""

from __future__ import annotations

import os
import sysconfig
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENCODERS = ("default", "demo")
KERNEL = "stream/core/kernel"


class CompiledWheel(BuildHookInterface):  # type: ignore[type-arg]
    """A hook that compiles the kernel, and maps each folder of `models/` to its place in the package."""

    def dependencies(self) -> list[str]:
        """Return Zig where a wheel is for a named machine, or where this one has neither library nor compiler."""
        kernel = kernel_build(self.root)
        ready = not _machine() and (kernel.library_path().exists() or kernel.find_compiler())
        return [] if ready else [kernel.ZIGLANG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile beside the sources, or elsewhere for a named machine, and add the library to a standard wheel."""
        kernel = kernel_build(self.root)
        self.scratch = tempfile.TemporaryDirectory()  # removed at the end of the process
        library = kernel.build(Path(self.scratch.name), _machine()) if _machine() else kernel.build()
        if version == "standard":
            build_data["pure_python"] = False
            build_data["tag"] = wheel_tag(_machine())
            build_data["force_include"] |= {str(library): f"{KERNEL}/{library.name}"}
            build_data["force_include"] |= {f"models/{name}": f"stream/_models/{name}" for name in ENCODERS}


def wheel_tag(machine: str) -> str:
    """Return the tag of a wheel: any Linux since glibc 2.17 for a named machine, else systems like this one."""
    if machine:
        return f"py3-none-manylinux_2_17_{machine}"
    return f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def kernel_build(root: str) -> ModuleType:
    """Return `stream/core/kernel/build.py`, loaded by its path: nothing of Segue is installed yet."""
    spec = spec_from_file_location("kernel_build", Path(root) / KERNEL / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _machine() -> str:
    return os.environ.get("SEGUE_WHEEL_MACHINE", "")
