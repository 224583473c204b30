"""`segue bench`: the measurements of `bench/README.md`, for a checkout."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from stream.demo.dataset import JourneyError
from stream.devkafka import EmbeddedKafkaError

PARTS = ("core", "encode", "encode_lengths", "encode_batches", "worker", "latency", "training", "users", "restart")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--quick", is_flag=True, help="Small sizes: shows that it works, in some minutes; not numbers to quote.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="File for the numbers and conditions."
)
def bench(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure speed and cost here, and print the tables of bench/README.md; without PARTS all of them.

    Needs a checkout with the extras `cpu`, `kafka` and `demo` (`encode` also `export`), an otherwise idle machine, and
    4 GB of free memory. Starts brokers of its own and leaves nothing behind.
    """
    if find_spec("bench") is None or find_spec("bench.run") is None:
        raise click.ClickException("benchmarks need a checkout: clone the repository and run `make bench` there")
    try:
        import_module("bench.run").run(parts or PARTS, quick, json_file)
    except (JourneyError, EmbeddedKafkaError) as error:
        raise click.ClickException(str(error)) from error
