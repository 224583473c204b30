"""Who did what when: the people a model is fine-tuned on.

Texts are normalised by the text step of the model to be, so equal texts are one. Events without text are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from export.errors import DataError
from stream.core.event import Declaration, Event, Rejected
from stream.core.text.steps import TextStep
from stream.files.event_file import EventFileError
from stream.files.sources import events_of
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

Ints = NDArray[np.int64]

VALIDATION, HELD_OUT, TRAINING = "validation", "held-out", "training"
WINDOW_ITEMS = 50
MIN_ITEMS = 16  # of two windows together: a person with fewer says too little
PARTS = 10  # validation is one of them, held out two, training the rest


@dataclass(frozen=True)
class Person:
    """One person's texts by their place in `History.texts`, in time order, and when, in ms since 1970 UTC.

    `labels` are the traits they declared last, as strings.
    """

    name: str
    texts: Ints
    times_ms: Ints
    labels: Mapping[str, str]


@dataclass(frozen=True)
class History:
    """People and the distinct texts of their events."""

    texts: tuple[str, ...]
    people: tuple[Person, ...]

    def select(self, chosen: Callable[[Person], bool]) -> History:
        """The same texts, some of the people."""
        return History(self.texts, tuple(filter(chosen, self.people)))

    def uses(self) -> Ints:
        """(n_texts,) how often each text was used."""
        places = [person.texts for person in self.people]
        return np.bincount(np.concatenate([np.empty(0, np.int64), *places]), minlength=len(self.texts))

    def fingerprint(self) -> str:
        """SHA-256 of texts, people, events and labels: equal histories have equal fingerprints."""
        digest = sha256(repr(self.texts).encode())
        for person in self.people:
            digest.update(repr((person.name, sorted(person.labels.items()))).encode())
            digest.update(person.texts.tobytes() + person.times_ms.tobytes())
        return digest.hexdigest()


def part_of(name: str) -> str:
    """VALIDATION, HELD_OUT or TRAINING, by the name alone: the same person is always in the same part."""
    at = sha256(name.encode()).digest()[0] % PARTS
    return HELD_OUT if at < 2 else VALIDATION if at == 2 else TRAINING


def read_history(sources: Sequence[str], step: TextStep, labels: Sequence[str] = ()) -> History:
    """The history in `sources` of user events, as `segue replay` takes them: files of JSON lines, or `demo`.

    Raises DataError when a file can not be read, nothing in it that can be learned from, or a label has fewer than two
    values.
    """
    events: list[tuple[str, int, str]] = []
    declared: dict[str, dict[str, str]] = {}
    n_rejected = 0
    for content in _contents(sources):
        match content:
            case Event(user=user, time_ms=time_ms, text=text) if text:
                events.append((user, time_ms, text))
            case Declaration(user=user, traits=traits):
                declared.setdefault(user, {}).update({k: str(v) for k, v in traits.items() if v is not None})
            case Rejected():
                n_rejected += 1
    if not events:
        raise DataError(
            f"no events with text in {', '.join(sources)} ({n_rejected} lines were no valid messages): expected "
            "JSON lines as on user-events (segue schema user-events)"
        )
    history = history_of(events, declared, step)
    for label in labels:
        check_label(history, label)
    return history


def history_of(
    events: Iterable[tuple[str, int, str]], declared: Mapping[str, Mapping[str, str]], step: TextStep
) -> History:
    """The history of (person, time in ms, text) and each person's labels; both in any order."""
    clean: dict[str, str] = {}
    rows: dict[str, list[tuple[int, str]]] = {}
    for user, time_ms, text in events:
        if text not in clean:
            clean[text] = step.apply(text)
        if clean[text]:
            rows.setdefault(user, []).append((time_ms, clean[text]))
    texts = tuple(sorted({text for row in rows.values() for _, text in row}))
    place = {text: at for at, text in enumerate(texts)}
    people = []
    for name in sorted(rows):
        row = sorted(rows[name], key=lambda event: event[0])
        at, times_ms = [place[text] for _, text in row], [time_ms for time_ms, _ in row]
        people.append(Person(name, np.array(at, np.int64), np.array(times_ms, np.int64), declared.get(name, {})))
    return History(texts, tuple(people))


def check_label(history: History, label: str) -> None:
    """Raise DataError unless `label` has two values or more among the people."""
    values = sorted({person.labels[label] for person in history.people if label in person.labels})
    if len(values) < 2:
        got = f"only {values[0]!r}" if values else "nobody who declared it"
        raise DataError(
            f"the label {label!r} can not be learned: expected at least 2 values among the people, got {got}; "
            "declare it as a trait in identify messages, or leave it out of --label"
        )


def _contents(sources: Sequence[str]) -> Iterator[object]:
    fields = Fields()
    for source in sources:
        try:
            for key, value in events_of(source):
                yield decode_json(key, value, fields)
        except EventFileError as error:
            raise DataError(str(error)) from error
