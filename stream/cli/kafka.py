"""`segue kafka`: one broker, or a cluster of several, in the foreground, for a first try without Docker."""

import signal
from pathlib import Path

import click

from stream.cli.options import SettingOption
from stream.devkafka import KAFKA_VERSION, EmbeddedCluster, EmbeddedKafka

N_BROKERS_MAX = 9


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=9092,
    cls=SettingOption,
    help="TCP port on 127.0.0.1, of the first of several brokers; 0 takes a free one.",
)
@click.option(
    "--brokers",
    type=click.IntRange(1, N_BROKERS_MAX),
    default=1,
    cls=SettingOption,
    help="Number of brokers; from 3 on, topics have 3 replicas and min.insync.replicas 2.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    cls=SettingOption,
    help="Folder for the broker's data and log; used again if it has data, never removed. Empty: a temporary one.",
)
@click.option(
    "--keep/--no-keep",
    default=False,
    cls=SettingOption,
    help="Keep the temporary folder after the stop; a --data-dir is always kept.",
)
@click.option(
    "--heap-mb",
    type=click.IntRange(min=128),
    default=256,
    cls=SettingOption,
    help="Largest Java heap of a broker, in MiB; the process uses some 100 MiB more.",
)
def kafka(port: int, brokers: int, data_dir: Path | None, keep: bool, heap_mb: int) -> None:
    """Run a real Kafka on this machine, without Docker or Java: one broker, or a replicated cluster.

    The first run downloads Apache Kafka (45 MB) into ~/.cache/segue (SEGUE_CACHE_DIR). Ctrl-C and SIGTERM stop Kafka in
    order, with exit code 0. The code is 1 if it cannot start, or if a broker ends by itself.

    Example:

    \b
        segue kafka --data-dir kafka-data
        segue kafka --brokers 3, then segue topics create --replication 3
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: KeyboardInterrupt
    made: EmbeddedKafka | EmbeddedCluster = (
        EmbeddedKafka(data_dir, port, keep, heap_mb)
        if brokers == 1
        else EmbeddedCluster(brokers, data_dir, port, keep, heap_mb)
    )
    try:
        with made as running:
            fate = "kept" if keep or data_dir else "removed at the end"
            click.echo(
                f"Kafka {KAFKA_VERSION} is ready: SEGUE_BOOTSTRAP_SERVERS={running.bootstrap_servers}  "
                f"(data and log in {running.folder}, {fate}; Ctrl-C stops it)"
            )
            running.wait()
    except KeyboardInterrupt:
        click.echo("Kafka stopped.", err=True)
