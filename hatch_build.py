"""Put the shipped encoders into the wheel as package data of `stream`.

An editable install gets no copies: a checkout reads `models/` itself (`stream/onnx/shipped.py`).
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENCODERS = ("default", "demo")


class ShippedEncoders(BuildHookInterface):  # type: ignore[type-arg]
    """A hook that maps each folder of `models/` to its place in the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a standard wheel."""
        if version == "standard":
            build_data["force_include"] |= {f"models/{name}": f"stream/_models/{name}" for name in ENCODERS}
