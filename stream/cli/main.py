"""`segue`: the verbs and the sources of settings."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

try:
    import click

    from stream.cli.app import app
    from stream.cli.backfill import backfill
    from stream.cli.config import config
    from stream.cli.demo import demo
    from stream.cli.dlq import dlq
    from stream.cli.errors import ErrorsAsMessages
    from stream.cli.explain import explain
    from stream.cli.kafka import kafka
    from stream.cli.lookalike import lookalike
    from stream.cli.models import models
    from stream.cli.options import read_config
    from stream.cli.pipe import print_anything
    from stream.cli.produce import produce
    from stream.cli.replay import replay
    from stream.cli.report import report
    from stream.cli.schema import schema
    from stream.cli.segments import segments
    from stream.cli.serve import serve
    from stream.cli.sink import sink
    from stream.cli.topics import topics
    from stream.cli.unknown_variables import warnings
    from stream.cli.watch import watch
    from stream.cli.worker import worker
except KeyboardInterrupt:  # the imports take half a second
    sys.exit(130)

_DEFAULT_CONFIG = Path("segue.toml")
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 120, "auto_envvar_prefix": "SEGUE"}


@click.group(cls=ErrorsAsMessages, context_settings=_CONTEXT)
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SEGUE_CONFIG",
    help="TOML file of settings [env: SEGUE_CONFIG] [default: segue.toml, if it exists]",
)
@click.version_option(package_name="segue")
@click.pass_context
def segue(ctx: click.Context, config_file: Path | None) -> None:
    """Turn user events on Kafka into customer segments, and explain every change.

    Every setting is a flag, an environment variable (SEGUE_…) or a line of TOML, in this order of precedence.
    `segue config` prints the values in force with the source of each.

    First steps:

    \b
        segue demo                                      see it at work, about two minutes
        segue kafka                                     a broker on this machine, in another terminal
        segue topics create && segue worker             a worker
        segue produce events.jsonl                      send events
        segue watch                                     segment changes as they happen
        segue serve                                     the same in a browser, and an API
        segue app recommendation                        an application on the segments
    """
    logging.getLogger("librdkafka").setLevel(logging.ERROR)  # warnings at a start are retried by the client
    if config_file is None and _DEFAULT_CONFIG.exists():
        config_file = _DEFAULT_CONFIG
    if config_file is not None:
        ctx.default_map = read_config(config_file, segue)
    for sentence in warnings(os.environ, segue):
        click.echo(sentence, err=True)


for verb in (
    app,
    backfill,
    config,
    demo,
    dlq,
    explain,
    kafka,
    lookalike,
    models,
    produce,
    replay,
    report,
    schema,
    segments,
    serve,
    sink,
    topics,
    watch,
    worker,
):
    segue.add_command(verb)


def main() -> None:
    """Run the verb on the command line; the entry point of the installed script."""
    print_anything()
    segue()


if __name__ == "__main__":
    main()
