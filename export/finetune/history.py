"""Histories of users: the data of fine-tuning and of a projection by users.

Texts are normalised by the encoder's text step, so equal texts are one. Events without text are dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np
from tqdm import tqdm

from export.errors import DataError
from stream.core.arrays import Ints
from stream.core.event import Declaration, Event, Rejected
from stream.core.text.steps import TextStep
from stream.files.opened_file import EventFileError
from stream.files.sources import events_of
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

WINDOW_ITEMS = 50
MIN_ITEMS = 16  # of a user, for two windows together


@dataclass(frozen=True)
class UserHistory:
    """A user's texts in time order, as positions in `History.texts`, with times in ms since 1970 UTC.

    `labels` are the traits declared last, as strings.
    """

    user: str
    texts: Ints
    times_ms: Ints
    labels: Mapping[str, str]


@dataclass(frozen=True)
class History:
    """A set of users, in the order of their ids, with the distinct texts of all events, sorted."""

    texts: tuple[str, ...]
    users: tuple[UserHistory, ...]

    def select(self, chosen: Callable[[UserHistory], bool]) -> History:
        """Return the same texts with the chosen users."""
        return History(self.texts, tuple(filter(chosen, self.users)))

    def uses(self) -> Ints:
        """Count the events of each text: (n_texts,)."""
        positions = [user.texts for user in self.users]
        return np.bincount(np.concatenate([np.empty(0, np.int64), *positions]), minlength=len(self.texts))

    def fingerprint(self) -> str:
        """Return the SHA-256 of texts, users, events and labels: equal for equal histories."""
        digest = sha256(repr(self.texts).encode())
        for user in self.users:
            digest.update(repr((user.user, sorted(user.labels.items()))).encode())
            digest.update(user.texts.tobytes() + user.times_ms.tobytes())
        return digest.hexdigest()


def read_history(sources: Sequence[str], step: TextStep, labels: Sequence[str] = ()) -> History:
    """Read files of user events as `segue replay` takes them: JSON lines, or `demo`.

    Raises DataError for an unreadable file, without any text, or if one of `labels` has fewer than two values.
    """
    events: list[tuple[str, int, str]] = []
    declared: dict[str, dict[str, str]] = {}
    n_rejected = 0
    for content in _decoded(sources):
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
    """Build the history of events (user, time in ms, text) in any order, and of each user's declared traits."""
    clean: dict[str, str] = {}
    rows: dict[str, list[tuple[int, str]]] = {}
    for user, time_ms, text in events:
        if text not in clean:
            clean[text] = step.apply(text)
        if clean[text].strip():
            rows.setdefault(user, []).append((time_ms, clean[text]))
    texts = tuple(sorted({text for row in rows.values() for _, text in row}))
    position = {text: at for at, text in enumerate(texts)}
    users = []
    for user in sorted(rows):
        row = sorted(rows[user], key=lambda event: event[0])
        at, times_ms = [position[text] for _, text in row], [time_ms for time_ms, _ in row]
        users.append(UserHistory(user, np.array(at, np.int64), np.array(times_ms, np.int64), declared.get(user, {})))
    return History(texts, tuple(users))


def check_label(history: History, label: str) -> None:
    """Raise DataError unless users declared at least two values of `label`."""
    values = sorted({user.labels[label] for user in history.users if label in user.labels})
    if len(values) < 2:
        got = f"only {values[0]!r}" if values else "none"
        raise DataError(
            f"the label {label!r} can not be learned: expected at least 2 values among the users, got {got}; "
            "declare it as a trait in identify messages, or leave it out of --label"
        )


def _decoded(sources: Sequence[str]) -> Iterator[object]:
    fields = Fields()
    for source in sources:
        try:
            events = events_of(source, tell=partial(tqdm.write, file=sys.stderr))
            for key, value in tqdm(events, f"read {source}", unit=" events", leave=False, disable=None):
                yield decode_json(key, value, fields)
        except EventFileError as error:
            raise DataError(str(error)) from error
