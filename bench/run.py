"""Runs parts and prints what they found, each as soon as it is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
import msgspec

from bench.conditions import conditions
from bench.deployment import BenchmarkError
from bench.tables import cell, heading, print_conditions, print_table

QUICK_ENCODE = {"n_events": 5_000, "n_rounds": 1}
FULL_ENCODE = {"n_events": 50_000, "n_rounds": 3}


@dataclass(frozen=True)
class Part:
    """One table: what it shows, what was aimed at, and which extra of the package it needs."""

    title: str
    aim: str
    needs: str = ""


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "core": Part("The core alone, on one core", "at least 20,000 events/s"),
        "encode": Part(
            "Texts to vectors", "at least 2.3x torch in batches without a cache, 20x with it on the stream", "torch"
        ),
        "encode_lengths": Part("Texts of one length to vectors, by form of the model", "reported", "torch"),
        "encode_batches": Part("Ways to batch texts, int8", "by length no slower than a padded token budget", "torch"),
        "worker": Part(
            "A whole worker on a real broker", "exactly-once at least 10,000 events/s and 0.3 of the bare loop"
        ),
        "latency": Part("From an event to the change it causes, at half of the throughput", "p99 below 150 ms"),
        "training": Part("What training costs, and a promotion a worker", "a promotion pauses no longer than a batch"),
        "users": Part("Cost as people grow, core alone", "µs an event flat within 1.2x"),
        "restart": Part("Until a restarted worker is ready", "reported"),
    }
)


def run(names: Iterable[str], quick: bool, json_file: Path | None) -> None:
    """Measure the named parts in order; the file is written anew after each, so that an interrupted run is not lost."""
    found: dict[str, Any] = {"conditions": conditions(quick), "parts": {}}
    print_conditions(found["conditions"])
    for name in names:
        part = PARTS[name]
        if part.needs and find_spec(part.needs) is None:
            click.echo(f"{name}: left out, {part.needs} is not installed; `make bench-encode` installs and runs it\n")
            continue
        load = os.getloadavg()[0]
        click.echo(f"{name} …", err=True)
        try:
            sizes, rows = _measure(name, quick)
        except BenchmarkError as error:
            raise click.ClickException(f"{name}: {error}") from error
        note = f"Aim: {part.aim}. Sizes: {_said(sizes)}. Load of the machine when the part began: {load:.2f}."
        print_table(part.title, rows, note)
        found["parts"][name] = {"sizes": sizes, "load_before": load, "rows": [asdict(row) for row in rows]}
        if json_file is not None:
            json_file.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")


def _measure(name: str, quick: bool) -> tuple[dict[str, Any], Sequence[Any]]:
    """The sizes and the rows of one part."""
    module = import_module(f"bench.{name}")
    if name == "encode":
        sizes = QUICK_ENCODE if quick else FULL_ENCODE
        measure: Callable[[], Sequence[Any]] = partial(module.measure, **sizes)
        return sizes, measure()
    chosen = module.QUICK if quick else module.FULL
    return asdict(chosen), module.measure(chosen)


def _said(sizes: dict[str, Any]) -> str:
    """Sizes for people."""
    return ", ".join(f"{heading(name)} {cell(size)}" for name, size in sizes.items())
