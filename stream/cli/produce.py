"""`segue produce`: user events from a file, or the demo data, to Kafka."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import click
from tqdm import tqdm

from stream.cli.event_report import Refusals, Undamaged, check_used
from stream.cli.layout import layout_of, layout_options, tell
from stream.cli.options import SettingOption, settings_options
from stream.core.event import Declaration, Erasure, Ignored, Rejected
from stream.core.sentence.visible_text import visible_bytes
from stream.files.event_file import FileEvent
from stream.files.sources import placed_events
from stream.formats.decoder import FormatDecoder
from stream.kafka.connection import Connection
from stream.kafka.producer import EventProducer, send_all
from stream.settings import build_group
from stream.wire.fields import Fields
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS

_N_SHOWN = 10


@click.command()
@click.argument("file")
@click.option(
    "--rate",
    cls=SettingOption,
    type=click.FloatRange(0),
    default=0.0,
    envvar="SEGUE_RATE",
    help="Events a second at most; 0: no limit.",
)
@click.option(
    "--send-invalid/--no-send-invalid",
    cls=SettingOption,
    default=False,
    help="Send events that a worker refuses too; they become dead letters.",
)
@click.option("--dry-run/--no-dry-run", cls=SettingOption, default=False, help="Print the first events and send none.")
@layout_options
@settings_options(Connection)
def produce(file: str, rate: float, send_invalid: bool, dry_run: bool, **values: Any) -> None:
    """Send the user events of FILE to `user-events`, keyed by user.

    FILE is JSON lines, JSON, CSV, Parquet, or an export of Google Analytics 4 or Snowplow, plain or compressed.
    docs/files.md shows each. `-` is standard input. `demo` is The Complete Journey, 1.46 million grocery purchases of
    2017. Events that a worker would refuse are counted and not sent.

    Examples:

    \b
        echo '{"user_id": "7", "text": "red shoes", "timestamp": 1767225600000}' | segue produce -
        segue produce orders.csv --dry-run
        segue produce orders.csv --columns user_id=customer,timestamp=order_date,text=title+category
    """
    layout, checked = layout_of(values), CheckedEvents(send_invalid)
    producer = None if dry_run else EventProducer(build_group(Connection, values))
    readable = Undamaged(placed_events(file, layout, tell))
    is_complete = send(producer, checked.pairs(tqdm(readable, unit=" events", file=sys.stderr, disable=None)), rate)
    checked.tell("events in a dry run, none sent" if dry_run else "events sent")
    if is_complete:
        readable.check()
        check_used(file, checked.outcomes.total(), checked.outcomes)


def send(producer: EventProducer | None, pairs: Iterator[tuple[bytes | None, bytes]], rate: float) -> bool:
    """Send the events, or print the first ones without a producer; return False if the user stopped before the end."""
    if producer is None:
        show(pairs)
        return True
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        send_all(producer, pairs, rate)
    except KeyboardInterrupt:
        producer.flush()
        return False
    return True


def show(pairs: Iterator[tuple[bytes | None, bytes]]) -> None:
    """Print the values of the first events, and read the others."""
    for _, value in islice(pairs, _N_SHOWN):
        click.echo(visible_bytes(value))
    for _ in pairs:
        pass


class CheckedEvents:
    """Events as a worker would decode them: `outcomes` counts them, and invalid ones are left out unless `send`."""

    def __init__(self, send: bool) -> None:
        self.outcomes: Counter[str] = Counter()
        self._refusals, self._send, self._decoder = Refusals(), send, FormatDecoder(Fields(), None)

    def pairs(self, events: Iterable[FileEvent]) -> Iterator[tuple[bytes | None, bytes]]:
        """Yield the keys and values to be sent."""
        for event in events:
            content = self._decoder.decode(ConsumerRecord(USER_EVENTS, 0, 0, 0, event.key, event.value, []))
            self.outcomes[_OUTCOMES.get(type(content), "applied")] += 1
            if isinstance(content, Rejected):
                self._refusals.add(content.reason, event.place, content.detail)
            if self._send or not isinstance(content, Rejected):
                yield event.key, event.value

    def tell(self, what: str) -> None:
        """Print how many events were valid, as `what`, and the others by reason."""
        n_bad = self.outcomes["rejected"]
        n_sent = self.outcomes.total() - (0 if self._send else n_bad)
        fate = "will be refused by a worker" if self._send else "would be refused by a worker, and were not sent"
        click.echo(f"{n_sent:,} {what}" + (f"; {n_bad:,} {fate}:" if n_bad else ""), err=True)
        for line in self._refusals.lines():
            click.echo(line, err=True)


_OUTCOMES: dict[type, str] = {
    Declaration: "declarations",
    Erasure: "erased",
    Ignored: "ignored",
    Rejected: "rejected",
}  # of a content that is no event
