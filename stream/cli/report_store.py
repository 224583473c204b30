"""The store that a report is of: a file as it is, or the topics read into one first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic
from typing import Any

import click
from tqdm import tqdm

from stream.kafka.connection import Connection
from stream.store.errors import StoreBusyError
from stream.store.follower import TopicFollower
from stream.store.freshness import Freshness, State
from stream.store.replayed import is_replay

LOOK_S = 0.1
PATIENCE_S = 30.0  # for a broker that does not answer


@contextmanager
def store_to_report(path: Path | None, as_is: bool, connection: Connection) -> Iterator[Path]:
    """Yield the file of a store with all that the topics say; a temporary one without `path`.

    A store of a replay is taken as it is, and so is one that another process keeps up to date.
    """
    if path is None:
        if as_is:
            raise click.UsageError("--as-is needs the store to report on (--store, SEGUE_REPORT_STORE)")
        with TemporaryDirectory(prefix="segue-report-") as folder:
            read_topics(connection, found := Path(folder) / "topics.store")
            yield found
        return
    if not as_is and not is_replay(path):
        try:
            read_topics(connection, path)
        except StoreBusyError:
            click.echo(f"{path} is kept up to date by another process: the report is of now", err=True)
    yield path


def read_topics(connection: Connection, path: Path) -> None:
    """Read the topics into a store up to their ends. Raise ClickException if there are none, or no broker answers."""
    follower = TopicFollower(connection, path)
    try:
        follower.start()
        bar: tqdm[Any] = tqdm(unit=" records", file=sys.stderr, disable=None, desc="reading topics", leave=False)
        with bar:
            _wait(follower, bar)
    finally:
        follower.stop()


def _wait(follower: TopicFollower, bar: tqdm[Any]) -> None:
    most, since, looks = 0.0, monotonic(), Event()
    while (now := follower.freshness()).state is not State.LIVE:
        if now.state is State.NO_TOPICS:
            raise click.ClickException("there are no topics to report on: run `segue topics create` and `segue worker`")
        since = since if now.state is State.RECONNECTING else monotonic()
        if monotonic() - since > PATIENCE_S:
            raise click.ClickException(_no_answer(now))
        most = max(most, now.lag + bar.n)
        bar.total = most or None
        bar.update(max(0, most - now.lag - bar.n))
        looks.wait(LOOK_S)


def _no_answer(now: Freshness) -> str:
    why = now.reason or "no broker answers"
    return f"{why}; --as-is reports on a store without the topics (SEGUE_BOOTSTRAP_SERVERS names the brokers)"
