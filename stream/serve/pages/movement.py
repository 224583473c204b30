"""Pages about moves: flows of a period, one flow, changes as sentences, and the queue of changes that need a look."""

from __future__ import annotations

from stream.serve.pages.alerts import Flag, alerts
from stream.serve.pages.errors import PageError
from stream.serve.pages.limits import standing_warnings
from stream.serve.pages.marketing import empty
from stream.serve.pages.matrix import matrix_of, moves_first
from stream.serve.pages.periods import ALL, LABELS, Period, period_of
from stream.serve.pages.renderer import Asked, Page
from stream.serve.pages.summary import newest_changes, soon_of
from stream.serve.pages.views import RULE_WORDS, change_view, decode_change
from stream.store.queries.flows import Flow, flows
from stream.store.queries.live import latest_changes
from stream.wire.changes import SegmentChange

N_LOOKED_AT = 5_000  # newest changes that lists and the queue are made of
N_LISTED = 100
N_FLOWS = 50
FLAG_WORDS = {
    Flag.UNKNOWN: ("unknown", "warn"),
    Flag.RARE: ("rare segment", "warn"),
    Flag.UNSURE: ("unsure", "plain"),
    Flag.ALIKE: ("many alike", "bad"),
}


def all_flows(asked: Asked) -> Page:
    """Return the flows of a period as a matrix and as a list with reasons, and users about to move."""
    if not asked.newest_ms:
        return empty(asked, "/flows", "Flows")
    period = _period(asked, "week")
    found = moves_first(flows(asked.store, period.since_ms, period.until_ms))
    values = {
        "period": period,
        "periods": [*LABELS, ALL],
        "matrix": matrix_of(found, [row.id for row in asked.rows]),
        "n_users": sum(flow.n_users for flow in found),
        "n_changes": sum(flow.n_changes for flow in found),
        "n_flows": len(found),
        "flows": found[:N_FLOWS],
        "soon": soon_of(asked, 20),
    }
    return Page("pages/flows.html", "Flows", "/flows", values)


def one_flow(asked: Asked) -> Page:
    """Return one flow of a period: users, reasons summed, and its latest changes."""
    period = _period(asked, "week")
    from_id, to_id = asked.query.get("from", ""), asked.query.get("to", "")
    found = flows(asked.store, period.since_ms, period.until_ms, from_id, to_id, n_reasons=20)
    if not found and not {from_id, to_id} <= asked.names.keys():
        raise PageError(404, "There is no such flow", "Choose two segments on the page of flows.")
    flow = found[0] if found else Flow(from_id, asked.names[from_id], to_id, asked.names[to_id], 0, 0, ())
    listed = [
        change
        for change in _newest(asked)
        if (change.from_.id, change.to.id) == (from_id, to_id)
        and period.since_ms <= change.decision_time_ms < period.until_ms
    ]
    values = {
        "period": period,
        "flow": flow,
        "largest": max((abs(reason.contribution) for reason in flow.reasons), default=1),
        "changes": [change_view(asked.parts.identity, change) for change in listed[:N_LISTED]],
        "n_looked_at": N_LOOKED_AT,
    }
    return Page("pages/flow.html", f"From {flow.from_name} to {flow.to_name}", "/flows", values)


def changes(asked: Asked) -> Page:
    """Return the latest changes as sentences, all or those of one segment or one rule."""
    if not asked.newest_ms:
        return empty(asked, "/changes", "Changes")
    segment, rule = asked.query.get("segment", ""), asked.query.get("rule", "")
    if not segment and not rule:
        listed, live_list = newest_changes(asked, N_LISTED), True
    else:
        kept = [
            change
            for change in _newest(asked)
            if segment in ("", change.from_.id, change.to.id) and rule in ("", change.rule)
        ]
        listed, live_list = [change_view(asked.parts.identity, change) for change in kept[:N_LISTED]], False
    values = {
        "changes": listed,
        "live_list": live_list,
        "segment": segment,
        "rule": rule,
        "rows": asked.rows,
        "rules": RULE_WORDS,
        "n_looked_at": N_LOOKED_AT,
    }
    return Page("pages/changes.html", "Changes", "/changes", values)


def queue(asked: Asked) -> Page:
    """Return the changes that need a look, with the reason for each, and the figures beyond their limits."""
    if not asked.newest_ms:
        return empty(asked, "/alerts", "Alerts")
    wanted = asked.query.get("flag", "")
    if wanted and wanted not in list(Flag):
        raise PageError(400, "There is no such kind of alert", f"Choose {', '.join(Flag)}.")
    rare = {row.id for row in asked.rows if row.rare}
    found = alerts(_newest(asked), rare)
    kept = [alert for alert in found if not wanted or wanted in alert.flags]
    values = {
        "alerts": [
            (alert, change_view(asked.parts.identity, alert.change, [FLAG_WORDS[flag] for flag in alert.flags]))
            for alert in kept[:N_LISTED]
        ],
        "counts": [(flag, FLAG_WORDS[flag][0], sum(flag in alert.flags for alert in found)) for flag in Flag],
        "flag": wanted,
        "n_found": len(kept),
        "n_looked_at": min(N_LOOKED_AT, len(_newest(asked))),
        "warnings": standing_warnings(asked),
    }
    return Page("pages/alerts.html", "Alerts", "/alerts", values)


def _newest(asked: Asked) -> list[SegmentChange]:
    return [decode_change(value) for _, value in latest_changes(asked.store, 0, N_LOOKED_AT)]


def _period(asked: Asked, default: str) -> Period:
    query = asked.query
    try:
        return period_of(asked.newest_ms, query.get("period", default), query.get("since", ""), query.get("until", ""))
    except ValueError as error:
        raise PageError(400, "This period cannot be read", str(error)) from error
