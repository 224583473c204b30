"""Python API of an embedding program: encode texts, replay events without a broker, read a change, make a report.

Import these names from `stream` itself. Nothing here needs Kafka. `docs/python-api.md` shows each at work.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec
from threadpoolctl import ThreadpoolController

from stream import bootstrap
from stream.core.encoder import Encoder
from stream.files.event_file import SAMPLE_ROWS
from stream.files.flat_rows import choose_mapper, key_of
from stream.files.layout import ColumnsError, Layout, LayoutError, read_columns
from stream.settings import Process, WorkerSettings
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import DEAD_LETTERS, SEGMENT_CHANGES

if TYPE_CHECKING:
    from stream.report.report import Report

Event = Mapping[str, Any] | bytes | str

_change = msgspec.json.Decoder(SegmentChange)


class EventError(ValueError):
    """An invalid event, which a worker would send to the dead letters."""


class Frame(Protocol):
    """A table of events, such as a pandas DataFrame: one event a row, one field a column."""

    def to_dict(self, orient: Literal["records"]) -> list[dict[Hashable, Any]]:
        """Return one dictionary a row."""
        ...


def load_encoder(encoder: str = "default") -> Encoder:
    """Return an encoder: a shipped one (`default`, `demo`) or one in a folder. Raises EncoderError.

    >>> load_encoder().encode(["red shoes", "red sneakers"]).shape
    (2, 128)
    """
    return bootstrap.load_encoder(Process(encoder=encoder))


def replay_events(
    events: Iterable[Event] | Frame, settings: WorkerSettings | None = None, columns: str = ""
) -> Iterator[SegmentChange]:
    """Yield the changes of `events`, decided as by one worker with one partition and the event clock.

    An event is a mapping of the fields of a user event, or JSON; events come in the order of timestamps. `columns`
    names other fields, as `--columns` does; those of common names are guessed, with a warning.
    Without `segment_model` in the settings the trainer runs too, and the first changes come after the warm-up. Empty
    cells of a frame are absent fields. Raises EventError for an invalid event, SettingError, EncoderError
    and SegmentModelError. While a change is computed, arithmetic runs on one thread, for repeatable bits.
    """
    settings = settings or WorkerSettings()
    run = bootstrap.build_replay(settings, 1, bootstrap.load_encoder(settings.process)).run(
        _keyed(_rows(events), columns)
    )
    arithmetic = ThreadpoolController()  # after the imports above: it knows the libraries that are loaded
    while True:
        with arithmetic.limit(limits=1):
            message = next(run, None)
        if message is None:
            return
        if message.topic == DEAD_LETTERS:
            raise _event_error(message)
        if message.topic == SEGMENT_CHANGES and message.value is not None:
            yield read_change(message.value)


def read_change(value: bytes) -> SegmentChange:
    """Return the change in a record's value on `segment-changes`. Raises ValueError for anything else."""
    return _change.decode(value)


def make_report(
    store: str | Path,
    settings: WorkerSettings | None = None,
    layout: str | Path | None = None,
    compare: str = "",
    n_mapped: int = 5_000,
) -> Report:
    """Return the report of a store's file, such as `segue replay --store` makes: figures, data frames, one HTML file.

    A notebook shows it as the last value of a cell. `layout` keeps the places on the maps, by default beside the store.
    `compare` is a date or a model version, or two with `..` between. Raises StoreError, ReportError and MapError.
    """
    from stream.report.build import options_of  # loads scikit-learn
    from stream.report.make import make_report as make

    settings = settings or WorkerSettings()
    deployment = settings.connection.namespace.qualify(settings.options.group)
    options = options_of(settings.training, deployment, n_mapped, compare)
    return make(Path(store), options, Path(layout) if layout else None)


def _rows(events: Iterable[Event] | Frame) -> Iterable[Event]:
    if isinstance(events, str | bytes | Mapping):
        raise TypeError(f"events must be an iterable of events or a DataFrame, got one {type(events).__name__}")
    return events if isinstance(events, Iterable) and not hasattr(events, "to_dict") else _records(events)


def _records(frame: Any) -> Iterator[Event]:
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items() if not _is_empty(value)}


def _is_empty(value: object) -> bool:
    """Return True for None, NaN and NaT, which are not equal to themselves."""
    return value is None or (isinstance(value, float | datetime) and value != value)


def _keyed(events: Iterable[Event], columns: str) -> Iterator[tuple[bytes | None, bytes]]:
    values = map(_json, events)
    first = list(islice(values, SAMPLE_ROWS))
    try:
        mapper = choose_mapper(first, Layout(columns=read_columns(columns)), False, _warn)
    except (ColumnsError, LayoutError) as error:
        raise EventError(str(error)) from error
    for value in map(mapper, chain(first, values)):
        yield key_of(value), value


def _json(event: Event) -> bytes:
    text = event.encode() if isinstance(event, str) else event
    return text if isinstance(text, bytes) else msgspec.json.encode(text, enc_hook=_plain)


def _warn(sentence: str) -> None:
    warnings.warn(sentence.replace("--columns changes it", "columns=… changes it"), stacklevel=2)


def _plain(value: Any) -> Any:
    """Return a value of numpy or pandas as one of JSON; a time without a zone is in UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise EventError(f"a field must have a JSON value, got {value!r}")


def _event_error(letter: ProducerRecord) -> EventError:
    why = {name: text.decode() for name, text in letter.headers}
    at, reason, detail = (why[f"segue.error.{name}"] for name in ("offset", "reason", "detail"))
    return EventError(f"event {at} is not valid: {reason}: {detail}; got {(letter.value or b'')[:200]!r}")
