"""`python -m bench`: one command for each room."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import click

from bench.harness.deployment import BenchmarkError
from stream.devkafka import EmbeddedKafkaError
from stream.files.complete_journey import JourneyError


@dataclass(frozen=True)
class Room:
    """A command of `bench.NAME.command`, with a package beyond those of `make setup`."""

    help: str
    needs: str = ""


ROOMS = {
    "speed": Room("Cost of an event, a user, a segment model and a restart."),
    "encoder": Room("Texts to vectors, beside torch.", needs="torch"),
    "quality": Room("Profiles: re-identification, labels and generality, beside baselines.", needs="torch"),
    "segments": Room("Segment ids on planted streams, beside other clustering libraries.", needs="river"),
    "meaning": Room("Segments of planted users with real texts, beside k-means on the same users."),
    "stability": Room("Flips, delay and predictive utility on real purchases."),
    "api": Room("Latency of dashboard and API beside a worker, and memory."),
    "dashboard": Room("An open page: CPU of the server, kB a second, memory.", needs="playwright"),
    "maps": Room("Maps: shift between two reports, trustworthiness, time and memory.", needs="umap"),
    "report": Room("A report: CPU time, memory, bytes of the file, true maps.", needs="umap"),
    "store": Room("The store of dashboard and API: rate, disk, memory and restart."),
    "apps": Room("The four applications, look-alike search and profiles, beside baselines.", needs="implicit"),
    "soak": Room("One worker for an hour, with users who come and go: is anything growing?"),
}


class Rooms(click.Group):
    """A group of lazily imported commands: torch and River load for one room only."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all rooms."""
        return list(ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a room, or None for an unknown name.

        Raises click.ClickException when a package is missing.
        """
        room = ROOMS.get(cmd_name)
        if room is None:
            return None
        if room.needs and find_spec(room.needs) is None:
            raise click.ClickException(f"{cmd_name} needs {room.needs}: `make setup-all` installs it")
        command: click.Command = getattr(import_module(f"bench.{cmd_name}.command"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all rooms with a line of help, and import none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, room.help) for name, room in ROOMS.items()])

    def invoke(self, ctx: click.Context) -> None:
        """Run a command, and turn errors of measurements into messages."""
        try:
            super().invoke(ctx)
        except (BenchmarkError, JourneyError, EmbeddedKafkaError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Rooms)
def bench() -> None:
    """Measure Segue here, and print the tables of bench/README.md.

    Close other programs first. 4 GB of free memory are enough. Brokers are started and removed.
    """


if __name__ == "__main__":
    logging.getLogger("librdkafka").setLevel(logging.ERROR)  # its warnings at a start mend themselves
    bench(prog_name="python -m bench")
