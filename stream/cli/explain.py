"""`segue explain`: a change of a user, decided again from the log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import msgspec
from tqdm import tqdm

from stream.cli.options import SettingOption, settings_options
from stream.kafka.reader import Read
from stream.settings import SERVE_GROUPS, worker_settings

_DELAY_S = 1.5  # before a progress bar: most answers come sooner


@click.command()
@click.argument("user")
@click.option("--sequence", cls=SettingOption, type=click.IntRange(1), help="Number of the user's change.")
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print the explanation as one JSON object.")
@settings_options(*SERVE_GROUPS)
def explain(user: str, sequence: int | None, as_json: bool, **values: Any) -> None:
    """Explain a change of USER: the window, the distances, the reasons, and what would have changed it.

    Without --sequence it is the last change, with the user's present state: is another segment ahead, and when is the
    move due? The change is decided again from `user-events` by the code of the worker, and compared with the published
    one in every field. Where the log no longer reaches back, it says what is missing. The settings and the encoder must
    be those of the workers, or the comparison says where they differ.

    Examples:

    \b
        segue explain 7
        segue explain 7 --sequence 2 --json | jq .outlook
    """
    from stream.explain.build import build_explainer  # loads the encoder's runtime, an extra
    from stream.explain.text import text_of

    try:
        explanation = build_explainer(worker_settings(values), _bar).explain(user, sequence)
    except KeyboardInterrupt:
        sys.exit(130)
    click.echo(msgspec.json.encode(explanation) if as_json else text_of(explanation), nl=as_json)


def _bar(reads: Iterator[Read], total: int, what: str) -> Iterator[Read]:
    """Yield the records under a progress bar on standard error."""
    bar = tqdm(reads, total=total, unit=f" {what}", file=sys.stderr, disable=None, delay=_DELAY_S, leave=False)
    yield from bar
