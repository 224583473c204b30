"""`segue kafka`: a broker in the foreground, for a first try without Docker."""

import signal
from pathlib import Path

import click

from stream.cli.options import SettingOption
from stream.devkafka import KAFKA_VERSION, BrokerStartError, EmbeddedKafka


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=9092,
    cls=SettingOption,
    help="TCP port on 127.0.0.1; 0 takes a free one.",
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
    help="Largest Java heap, in MiB; the process uses some 100 MiB more.",
)
def kafka(port: int, data_dir: Path | None, keep: bool, heap_mb: int) -> None:
    """Run a real single-node Kafka on this machine, without Docker or Java.

    The first run downloads Apache Kafka (45 MB) into ~/.cache/segue (SEGUE_CACHE_DIR). Ctrl-C and SIGTERM stop the
    broker in order, with exit code 0; the code is 1 if the broker cannot start or ends by itself.

    Example:

    \b
        segue kafka --data-dir kafka-data
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: KeyboardInterrupt
    try:
        with EmbeddedKafka(data_dir, port=port, keep=keep, heap_mb=heap_mb) as broker:
            fate = "kept" if keep or data_dir else "removed at the end"
            click.echo(
                f"Kafka {KAFKA_VERSION} is ready: SEGUE_BOOTSTRAP_SERVERS={broker.bootstrap_servers}  "
                f"(data and log in {broker.folder}, {fate}; Ctrl-C stops it)"
            )
            broker.wait()
            raise BrokerStartError("ended by itself", broker.log_path)
    except KeyboardInterrupt:
        click.echo("Kafka stopped.", err=True)
