"""Counterfactuals, found by evaluating changed windows: what would have been otherwise, and what would change it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain, cycle, islice

import numpy as np

from stream.core.evaluated import Evaluated
from stream.core.policy import Policy
from stream.core.profile import quantise
from stream.core.segment_model import SegmentModel
from stream.core.sentence.shown_text import listed, shown
from stream.core.state import StoredItem
from stream.core.transition import MembershipState
from stream.explain.changed_window import ChangedWindow, results
from stream.explain.explanation import WhatIf, WhatIfKind
from stream.explain.redecide import Rules
from stream.explain.times import count, minute, span
from stream.explain.views import ref, window_profile

_TEXT_CHARS = 40
_TEXTS = 3


def without_items(evaluated: Evaluated, rules: Rules) -> WhatIf | None:
    """Return the texts without which the change would not have been: one alone, or else the fewest that pulled most.

    None if it would have been without all that pulled.
    """
    change, items = evaluated.change, evaluated.items
    if change is None or evaluated.model is None or evaluated.assignment is None:
        return None
    shares = window_profile(evaluated, change.from_segment, change.to_segment, rules.policy).shares
    assert shares is not None
    pulls, by_text = shares.items, defaultdict[str, list[int]](list)
    for at, item in enumerate(items):
        by_text[item.text].append(at)
    groups = sorted((at for at in by_text.values() if pulls[at].sum() > 0), key=lambda at: -float(pulls[at].sum()))
    together = [list(chain(*groups[:n_groups])) for n_groups in range(2, len(groups) + 1)]
    tries = [sorted(out) for out in (*groups, *together)]
    kept = [[item for at, item in enumerate(items) if at not in out] for out in tries]
    windows = [ChangedWindow(evaluated.now_ms, each) for each in kept]
    for out, segment in zip(tries, results(evaluated, evaluated.before, windows, rules), strict=True):
        if segment != change.to_segment:
            return _without(evaluated, out, segment or change.from_segment, rules)
    return None


def items_leave(evaluated: Evaluated, state: MembershipState, rules: Rules) -> WhatIf | None:
    """Return when `state` would change if nothing else happened: items leave the window, the oldest first."""
    items, n, window_ms = evaluated.items, len(evaluated.items), rules.policy.window_ms
    if evaluated.model is None or not n:
        return None
    dues_ms = sorted({max(item.time_ms + window_ms + 1, evaluated.now_ms) for item in items})
    windows = [
        ChangedWindow(due_ms, [item for item in items if item.time_ms >= due_ms - window_ms]) for due_ms in dues_ms
    ]
    for window, segment in zip(windows, results(evaluated, state, windows, rules), strict=True):
        if segment is not None and segment != state.segment:
            gone = tuple(item.id for item in items[: n - len(window.items)])
            where = ref(segment, evaluated.model)
            left = f"{len(gone)} of {count(n, 'item')} will have left the window"
            sentence = f"without further events {where.name} will fit from {minute(window.now_ms)} on: {left}"
            if not window.items:
                sentence = f"without further events the window is empty on {minute(window.now_ms)}: {where.name}"
            return WhatIf(WhatIfKind.ITEMS_LEAVE, where, sentence, len(gone), gone, window.now_ms)
    return None


def more_items(evaluated: Evaluated, state: MembershipState, segment: str, rules: Rules) -> WhatIf | None:
    """Return how many items with typical texts of `segment` would lead there, at the user's own pace.

    They have the user's usual kind and amount. None without typical texts, and if a full window of them is not enough.
    """
    model = evaluated.model
    texts = _typical_texts(model, segment)
    if model is None or not texts or not evaluated.items:
        return None
    windows = _with_more(evaluated, texts, rules)
    for n, found in enumerate(results(evaluated, state, windows, rules), 1):
        if found == segment:
            where = ref(segment, model)
            like = listed([f"“{shown(text, _TEXT_CHARS)}”" for text in texts[:n]])
            pace_ms = _pace_ms(evaluated)
            pace = f", one every {span(pace_ms)} as so far" if n > 1 and pace_ms else ""
            sentence = f"{count(n, 'more item')} such as {like}{pace} would lead to {where.name}"
            return WhatIf(WhatIfKind.MORE_ITEMS, where, sentence, n, (), windows[n - 1].now_ms)
    return None


def _without(evaluated: Evaluated, out: Sequence[int], segment: str, rules: Rules) -> WhatIf:
    texts = dict.fromkeys(evaluated.items[at].text for at in out)
    names = [f"“{shown(text, _TEXT_CHARS)}”" for text in texts if text] if rules.policy.evidence_texts else []
    if len(names) > _TEXTS:
        names = [*names[:_TEXTS], count(len(names) - _TEXTS, "other text")]
    which = f" with {listed(names)}" if names else ""
    where = ref(segment, evaluated.model)
    result = "there would be no change" if segment == evaluated.before.segment else f"it would have been {where.name}"
    sentence = f"without the {count(len(out), 'item')}{which} {result}"
    ids = tuple(evaluated.items[at].id for at in out)
    return WhatIf(WhatIfKind.WITHOUT_ITEMS, where, sentence, len(out), ids)


def _typical_texts(model: SegmentModel | None, segment: str) -> tuple[str, ...]:
    if model is None or segment not in model.ids:
        return ()
    described = model.descriptions[model.ids.index(segment)]
    return (described.texts or tuple(phrase.text for phrase in described.phrases))[:_TEXTS]


def _with_more(evaluated: Evaluated, texts: Sequence[str], rules: Rules) -> list[ChangedWindow]:
    """Return the windows with 1, 2, … more items, up to a window of new items only."""
    added = _more(evaluated, texts, rules)
    return [_window_with(added[:n], evaluated.items, rules.policy) for n in range(1, len(added) + 1)]


def _more(evaluated: Evaluated, texts: Sequence[str], rules: Rules) -> list[StoredItem]:
    """Return a window of new items with these texts in turn."""
    vectors, scales = quantise(rules.encoder.encode(list(texts)))
    kind = Counter(item.kind for item in evaluated.items).most_common(1)[0][0]
    amount, pace_ms = float(np.median([item.amount for item in evaluated.items])), _pace_ms(evaluated)
    return [
        StoredItem(
            id=f"more-{at:03}",
            kind=kind,
            text=texts[text],
            time_ms=evaluated.now_ms + at * pace_ms,
            amount=amount,
            scale=float(scales[text]),
            vector=vectors[text].tobytes(),
            slot=at,
            encoder=rules.encoder.version,
        )
        for at, text in enumerate(islice(cycle(range(len(texts))), rules.policy.window_items))
    ]


def _window_with(added: Sequence[StoredItem], items: Sequence[StoredItem], policy: Policy) -> ChangedWindow:
    """Return the window after the added items came: older items leave by time, then by number."""
    now_ms, n_room = added[-1].time_ms + 1, policy.window_items - len(added)
    kept = [item for item in items if item.time_ms >= now_ms - policy.window_ms]
    new = [item for item in added if item.time_ms >= now_ms - policy.window_ms]
    return ChangedWindow(now_ms, [*(kept[-n_room:] if n_room else ()), *new])


def _pace_ms(evaluated: Evaluated) -> int:
    """Return the median time between the user's items."""
    times_ms = [item.time_ms for item in evaluated.items]
    return int(np.median(np.diff(times_ms))) if len(times_ms) > 1 else 0
