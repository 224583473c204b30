"""Pages about segments: the overview, all segments, one segment, and its members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from stream.serve.identity import CursorError
from stream.serve.pages.errors import PageError
from stream.serve.pages.feature_ends import ends_of
from stream.serve.pages.limits import standing_warnings
from stream.serve.pages.lineage_sentences import lineage_sentence
from stream.serve.pages.matrix import moves_first
from stream.serve.pages.periods import LENGTHS, period_of
from stream.serve.pages.renderer import Asked, Page
from stream.serve.pages.summary import newest_changes, serving_of, soon_of, totals_of
from stream.serve.pages.views import RESERVED, shown_user
from stream.store.queries.flows import flows
from stream.store.queries.models import lineage
from stream.store.queries.segments import SegmentRow, members, segment_record, size_history
from stream.store.store import oldest_ms
from stream.wire.catalogue import CatalogueEntry
from stream.wire.lineage import SegmentLineage

N_MEMBERS = 100
N_LINES = 8
N_POINTS = 31
N_LINEAGE = 500
SORTS: dict[str, tuple[str, Callable[[SegmentRow], Any]]] = {
    "size": ("size", lambda row: -row.n_users),
    "name": ("name", lambda row: row.name.casefold()),
    "growth": ("growth", lambda row: -(row.trend or 0)),
    "entered": ("entered", lambda row: -row.n_entered),
    "left": ("left", lambda row: -row.n_left),
}
decode_lineage = msgspec.json.Decoder(SegmentLineage).decode
decode_entry = msgspec.json.Decoder(CatalogueEntry).decode


def overview(asked: Asked) -> Page:
    """Return the first page: totals, largest segments, flows, changes, and users about to move."""
    if not asked.rows or not asked.newest_ms:
        return empty(asked, "/", "Overview")
    period = period_of(asked.newest_ms, "day")
    values = {
        **_table_values(asked),
        "rows": current(asked)[:N_LINES],
        "warnings": standing_warnings(asked),
        "serving": serving_of(asked),
        "changes": newest_changes(asked, 30),
        "live_list": True,
        "period": period,
        "flows": moves_first(flows(asked.store, period.since_ms, period.until_ms)),
        "soon": soon_of(asked, 5),
    }
    return Page("pages/overview.html", "Overview", "/", values)


def segments(asked: Asked) -> Page:
    """Return the page of all segments."""
    if not asked.rows or not asked.newest_ms:
        return empty(asked, "/segments", "Segments")
    sort = asked.query.get("sort", "size")
    if sort not in SORTS:
        raise PageError(400, "This order is not known", f"Sort segments by {', '.join(SORTS)}.")
    ordered = sorted(current(asked), key=SORTS[sort][1])
    since_ms = max(asked.newest_ms - LENGTHS["month"], oldest_ms(asked.store))
    lines = current(asked)[:N_LINES]
    histories = [size_history(asked.store, row.id, since_ms, asked.newest_ms, N_POINTS) for row in lines]
    values = {
        **_table_values(asked),
        "rows": [*ordered, *(row for row in asked.rows if row.id in RESERVED)],
        "serving": serving_of(asked),
        "sort": sort,
        "sorts": [(key, label) for key, (label, _) in SORTS.items()],
        "lines": lines,
        "history": [
            (points[0].time_ms, [point.n_users for point in points]) for points in zip(*histories, strict=True)
        ],
        "retired": [row for row in asked.rows if row.retired],
    }
    return Page("pages/segments.html", "Segments", "/segments", values)


def segment(asked: Asked) -> Page:
    """Return the page of one segment: description, members, features, trend, flows in and out, and lineage."""
    row, entry = _row_of(asked), _entry_of(asked)
    period = period_of(asked.newest_ms, "month")
    since_ms = max(period.since_ms, oldest_ms(asked.store))
    into = flows(asked.store, period.since_ms, period.until_ms, to_id=row.id)
    out = flows(asked.store, period.since_ms, period.until_ms, from_id=row.id)
    events = [decode_lineage(value) for value in lineage(asked.store, N_LINEAGE)]
    values = {
        "row": row,
        "entry": entry,
        "description": entry.description if entry else None,
        "largest_deviation": max((abs(f.deviations) for f in entry.description.features), default=1) if entry else 1,
        "ends": {f.name: ends_of(f.name) for f in entry.description.features} if entry else {},
        "history": size_history(asked.store, row.id, since_ms, asked.newest_ms, N_POINTS),
        "period": period,
        "into": into[:12],
        "out": out[:12],
        "soon": soon_of(asked, 8, row.id),
        "events": [
            (each, lineage_sentence(each, asked.told_names))
            for each in events
            if row.id in (each.segment, *each.parents, *each.children)
        ],
    }
    return Page("pages/segment.html", row.name or row.id, "/segments", values)


def segment_members(asked: Asked) -> Page:
    """Return a page of a segment's members, which begins after the member that `after` holds, sealed."""
    row = _row_of(asked)
    try:
        after = asked.parts.identity.unseal(asked.query["after"]) if asked.query.get("after") else None
    except CursorError as error:
        raise PageError(
            400, "This page of members is not known", "Begin with the first page of the segment."
        ) from error
    found = members(asked.store, row.id, after, N_MEMBERS + 1)
    shown = [(shown_user(asked.parts.identity, each.user), each) for each in found[:N_MEMBERS]]
    more = asked.parts.identity.seal(found[N_MEMBERS - 1].user) if len(found) > N_MEMBERS else None
    values = {"row": row, "members": shown, "more": more, "is_first": after is None}
    return Page("pages/members.html", f"Members of {row.name or row.id}", "/segments", values)


def empty(asked: Asked, address: str, title: str) -> Page:
    """Return a page that says what to do next, for a system without users or without a segment model."""
    has_model = serving_of(asked) is not None
    return Page("pages/empty.html", title, address, {"has_users": bool(asked.newest_ms), "has_model": has_model})


def current(asked: Asked) -> list[SegmentRow]:
    """Return the segments that are neither reserved nor retired, the largest first."""
    return [row for row in asked.rows if row.id not in RESERVED and not row.retired]


def _table_values(asked: Asked) -> dict[str, Any]:
    return {
        "totals": totals_of(asked),
        "largest": max((row.n_users for row in asked.rows), default=0),
    }


def _row_of(asked: Asked) -> SegmentRow:
    wanted = asked.query.get("id", "")
    if found := next((row for row in asked.rows if row.id == wanted), None):
        return found
    entry = _entry_of(asked)
    if entry is None:
        raise PageError(
            404,
            "There is no such segment",
            "Ids of segments are never used again, so an old link leads to the same segment or to none.",
            "The page of segments lists all that there are.",
        )
    return SegmentRow(entry.id, entry.description.name, entry.description.rare, entry.retired, 0, 0.0, 0, 0, None, (),
                      entry.description)  # fmt: skip


def _entry_of(asked: Asked) -> CatalogueEntry | None:
    value = segment_record(asked.store, asked.query.get("id", ""))
    return decode_entry(value) if value else None
