"""The execution providers of ONNX Runtime that an encoder can run on, by the name in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """An execution provider, and how a model is fed on it."""

    name: str  # ONNX Runtime's
    device: str
    io_binding: bool  # inputs are copied to the device, and outputs from it, once
    full_runs: bool  # rows are repeated up to the largest run, since kernels are chosen by the number of rows


PROVIDERS: Mapping[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "cpu", io_binding=False, full_runs=False),
    "cuda": Provider("CUDAExecutionProvider", "cuda", io_binding=True, full_runs=True),
}
