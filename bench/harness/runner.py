"""Parts run in order; each table is printed as soon as it is known."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec

from bench.harness.conditions import conditions
from bench.harness.part import Part
from bench.harness.tables import cell, heading, print_conditions, print_table


def run(room: str, names: Iterable[str], quick: bool, json_file: Path | None) -> None:
    """Measure the parts `bench.room.name`; write the file again after each, so that an interrupted run is kept."""
    found: dict[str, Any] = {"conditions": conditions(quick), "parts": {}}
    print_conditions(found["conditions"])
    for name in names:
        part: Part[Any] = import_module(f"bench.{room}.{name}").PART
        sizes, load = part.quick if quick else part.full, os.getloadavg()[0]
        click.echo(f"{name} …", err=True)
        rows = part.measure(sizes)
        note = f"Aim: {part.aim}. Sizes: {_in_words(sizes)}. Load of the machine when the part began: {load:.2f}."
        print_table(part.title, rows, note)
        found["parts"][name] = {"sizes": asdict(sizes), "load_before": load, "rows": [asdict(row) for row in rows]}
        if json_file is not None:
            write_json(json_file, found)


def write_json(file: Path, document: object) -> None:
    """Write the document with line breaks."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


def _in_words(sizes: Any) -> str:
    return ", ".join(f"{heading(name)} {cell(size)}" for name, size in asdict(sizes).items())
