"""Two dates, or two versions of the segment model, side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np

from stream.core.policy import DAY_MS
from stream.core.reserved import PENDING, UNKNOWN
from stream.core.segment_model import SegmentModel, distances
from stream.report.errors import ReportError
from stream.report.sampled import Sampled
from stream.report.segment_figures import between
from stream.report.values import Comparison, SideRow, Sides
from stream.report.words import RESERVED_WORDS
from stream.store.queries.flows import Flow, flows
from stream.store.queries.models import model, models
from stream.store.queries.net_moves import net_moves
from stream.store.queries.segments import segment_names, segment_rows, size_history
from stream.store.schema import HOUR_MS
from stream.store.store import Store, newest_ms, oldest_ms
from stream.web.figures import moment
from stream.wire.lineage import SegmentLineage

DEFAULT_SPAN_MS = 30 * DAY_MS
N_FLOWS = 20
_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """Two sides to compare: dates in ms, or versions; `after` None is the newest."""

    sides: Sides
    before: int
    after: int | None


def read_request(text: str) -> Request:
    """Return what a text such as `2017-06-01`, `3` or `2017-06-01..2017-07-01` asks for. Raises ReportError.

    >>> read_request("3..5")
    Request(sides=<Sides.VERSIONS: 'versions'>, before=3, after=5)
    """
    before, _, after = (part.strip() for part in text.partition(".."))
    if all(re.fullmatch(r"\d{1,9}", part) for part in (before, after or "0")):
        return Request(Sides.VERSIONS, int(before), int(after) if after else None)
    try:
        dates = [_date_ms(part) for part in (before, after) if part]
    except ValueError as error:
        raise ReportError(
            f"--compare takes a date, a version, or two of them with .. between, such as 2017-06-01 or 3..5; got {text}"
        ) from error
    if not before or (len(dates) == 2 and dates[0] >= dates[1]):
        raise ReportError(f"--compare takes the earlier date first, got {text}")
    return Request(Sides.DATES, dates[0], dates[1] if after else None)


def compare(
    store: Store, request: Request | None, sampled: Sampled | None, lineage: Sequence[SegmentLineage]
) -> Comparison | None:
    """Return the comparison asked for; None where the store spans no time.

    By default now is compared with 30 days before, or with the middle of a shorter store.
    """
    if request is None:
        # on the first day of a store nearly nobody has a segment yet
        since_ms = max((oldest_ms(store) + newest_ms(store)) // 2, newest_ms(store) - DEFAULT_SPAN_MS)
        if since_ms // HOUR_MS >= newest_ms(store) // HOUR_MS:
            return None
        request = Request(Sides.DATES, since_ms, None)
    if request.sides is Sides.DATES:
        return _dates(store, request.before, request.after or newest_ms(store), lineage)
    return _versions(store, request, sampled, lineage)


def _dates(store: Store, before_ms: int, after_ms: int, lineage: Sequence[SegmentLineage]) -> Comparison:
    if before_ms >= after_ms:
        raise ReportError(f"nothing is after {moment(before_ms)}: the newest decision is of {moment(newest_ms(store))}")
    oldest = oldest_ms(store)
    if before_ms < oldest - HOUR_MS:
        raise ReportError(f"the store begins at {moment(oldest)} (SEGUE_KEEP_MS); --compare got {moment(before_ms)}")
    moves = net_moves(store, before_ms, after_ms)
    after = {row.id: size_history(store, row.id, before_ms, after_ms, 2)[1].n_users for row in segment_rows(store)}
    before = Counter(after)
    for (origin, target), n in moves.items():
        before[origin] += n
        before[target] -= n
    names = segment_names(store)
    sides = [
        SideRow(each, names.get(each, each), before[each], after.get(each, 0))
        for each in sorted(before, key=lambda each: (each in RESERVED_WORDS, -after.get(each, 0), -before[each], each))
        if each != PENDING and (before[each] or after.get(each))
    ]
    return Comparison(
        sides=Sides.DATES,
        before=moment(before_ms),
        after=moment(after_ms),
        rows=tuple(sides),
        n_users=sum(row.before for row in sides),
        n_moved=sum(n for (a, b), n in moves.items() if a not in (b, PENDING)),
        flows=between(flows(store, (before_ms // HOUR_MS + 1) * HOUR_MS, after_ms))[:N_FLOWS],
        lineage=tuple(each for each in lineage if before_ms < each.time_ms <= after_ms),
    )


def _versions(store: Store, request: Request, sampled: Sampled | None, lineage: Sequence[SegmentLineage]) -> Comparison:
    if sampled is None:
        raise ReportError("two model versions are compared on sampled profiles, and the store has none")
    old = _model(store, request.before, sampled)
    new = sampled.model if request.after is None else _model(store, request.after, sampled)
    before, after = assigned(old, sampled), assigned(new, sampled)
    moved = Counter((a, b) for a, b in zip(before, after, strict=True) if a != b)
    sizes = Counter(before), Counter(after)
    names = {UNKNOWN: UNKNOWN} | {each: m.name_of(each) for m in (old, new) for each in m.ids}
    ordered = sorted(names, key=lambda each: (each == UNKNOWN, -sizes[1][each], each))
    found = (Flow(a, names[a], b, names[b], n, n, ()) for (a, b), n in _largest(moved))
    return Comparison(
        sides=Sides.VERSIONS,
        before=f"model {old.version}",
        after=f"model {new.version}",
        rows=tuple(SideRow(each, names[each], sizes[0][each], sizes[1][each]) for each in ordered),
        n_users=len(before),
        n_moved=moved.total(),
        flows=tuple(found)[:N_FLOWS],
        lineage=tuple(each for each in lineage if old.version < each.segment_model <= new.version),
    )


def assigned(model: SegmentModel, sampled: Sampled) -> list[str]:
    """Return the segment of each sampled profile: the nearest, or `unknown` beyond its threshold. No hysteresis."""
    vectors = model.scaler.transform(sampled.frame.profiles)
    found: list[str] = []
    for at in range(0, len(vectors), _CHUNK):
        away = distances(vectors[at : at + _CHUNK], model.centroids)
        nearest = away.argmin(axis=1)
        known = away[np.arange(len(away)), nearest] <= model.thresholds[nearest]
        found += [model.ids[k] if is_known else UNKNOWN for k, is_known in zip(nearest, known, strict=True)]
    return found


def read_lineage(values: Iterable[bytes]) -> tuple[SegmentLineage, ...]:
    """Return lineage events from their records."""
    return tuple(msgspec.json.decode(value, type=SegmentLineage) for value in values)


def _largest(moved: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(moved.items(), key=lambda item: (-item[1], item[0]))


def _model(store: Store, version: int, sampled: Sampled) -> SegmentModel:
    found = model(store, version)
    if found is None:
        known = ", ".join(str(each.version) for each in models(store) if not each.refused) or "none"
        raise ReportError(f"the store has no model {version} to compare, only {known} (--compare)")
    if not found.fits(sampled.frame.encoder, sampled.model.features):
        raise ReportError(f"model {version} is of encoder {found.encoder}: it cannot place today's profiles")
    return found


def _date_ms(text: str) -> int:
    date = datetime.fromisoformat(text)
    return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000)
