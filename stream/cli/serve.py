"""`segue serve`: dashboard and API."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from stream.cli.options import SettingOption, settings_options
from stream.observability.log import configure_log
from stream.settings import SERVE_GROUPS, ServeSettings, build_group, worker_settings
from stream.store.policy import StorePolicy


@click.command()
@click.option(
    "--store",
    cls=SettingOption,
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SEGUE_STORE",
    help="File that the topics are read into, or that `segue replay --store` has made. Default: one for each cluster "
    "and prefix in ~/.local/state/segue (XDG_STATE_HOME).",
)
@settings_options(*SERVE_GROUPS)
def serve(store: Path | None, **values: Any) -> None:
    """Show segments, flows and changes in a browser, and answer programs: dashboard and API at one address.

    It reads the public topics as any consumer does, into a file, so that a restart is quick. Several may run; a second
    one on the same file only reads it. Prints the address, and stops at Ctrl-C or SIGTERM, with exit code 0. The
    documentation of the API is at /api/v1/docs. Another address than 127.0.0.1 needs a token.

    Examples:

    \b
        segue serve                                       the deployment at SEGUE_BOOTSTRAP_SERVERS
        segue serve --store out.sqlite                    the store of `segue replay --store out.sqlite`
        SEGUE_SERVE_TOKENS=… segue serve --serve-host 0.0.0.0
    """
    from stream.serve.run import Serving, run_server  # loads FastAPI, an extra
    from stream.store.places import default_store

    settings = worker_settings(values)
    configure_log(settings.process.log_format, settings.process.log_level)
    path = store or default_store(settings.connection, os.environ)
    serving = Serving(settings, build_group(ServeSettings, values), build_group(StorePolicy, values), path)
    run_server(serving, lambda url: click.echo(f"{url} shows the segments; {url}/api/v1/docs is the API; Ctrl-C stops"))
    sys.stdout.flush()
    os._exit(0)  # all is closed; a Kafka client without a broker would hold the interpreter's own end up for seconds
