"""Evidence as a reason that a person understands: the user's actions with their texts, and the user's behaviour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from stream.core.output import Evidence, MovingFeature, MovingItems
from stream.core.sentence.shown_text import listed, shown
from stream.core.sentence.spans import within

_VERBS = {
    "view": "viewed",
    "search": "searched for",
    "post": "wrote",
    "purchase": "bought",
    "Product Viewed": "viewed",  # the next four: Segment spec, Ecommerce
    "Products Searched": "searched for",
    "Product Added": "put in the cart",
    "Order Completed": "bought",
}
_TEXT_CHARS = 36
_KIND_CHARS = 24
_WORTH_SAYING = 0.1  # share of the move, below which a second reason is left out
_FAR_WEAKER = 0.25  # of the strongest text's part


class _Action(NamedTuple):
    """An action on one text: its verb, the text as shown, and the number of items."""

    verb: str
    text: str
    n: int


def evidence_phrase(evidence: Evidence, behaviour_prefix: str = "") -> str:
    """Return the stronger of actions and behaviour, then the best of the other if it says something; else ""."""
    items = _strong(evidence.items)
    words = _telling(evidence.features)
    behaviour_weight = sum(words.values())
    is_actions_first = bool(items) and (evidence.semantic_contribution >= behaviour_weight or not words)
    n_items, n_words = (len(items), 1) if is_actions_first else (1, 2)
    actions, behaviour = actions_phrase(items[:n_items]), ", ".join(list(words)[:n_words])
    if is_actions_first:
        return f"{actions}; also {behaviour}" if behaviour_weight >= _WORTH_SAYING else actions
    if not behaviour:
        return ""
    also = f"; also {actions}" if actions and evidence.semantic_contribution >= _WORTH_SAYING else ""
    return f"{behaviour_prefix}{behaviour}{also}"


def actions_phrase(items: Sequence[MovingItems]) -> str:
    """Return what the user did, with the number of items and their time span if they are several; "" without items."""
    if not items:
        return ""
    actions = _merged(items)
    by_verb: dict[str, list[_Action]] = defaultdict(list)
    for action in actions:
        by_verb[action.verb].append(action)
    said = ", ".join(f"{verb} {_objects(group, len(actions) > 1)}" for verb, group in by_verb.items())
    n = sum(action.n for action in actions)
    if n == 1:
        return said
    span = within(max(each.last_ms for each in items) - min(each.first_ms for each in items))
    return f"{said} {span}" if len(actions) == 1 and not actions[0].text else f"{said} ({n} items {span})"


def _merged(items: Sequence[MovingItems]) -> list[_Action]:
    """Return one action for each verb and text, in order of strength; the case of letters makes no other text."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    n_items: dict[tuple[str, str], int] = {}
    for each in items:
        verb, text = _verb(each.kinds), shown(each.text, _TEXT_CHARS)
        key = verb, text.casefold()
        first.setdefault(key, (verb, text))
        n_items[key] = n_items.get(key, 0) + len(each.ids)
    return [_Action(*first[key], n) for key, n in n_items.items()]


@lru_cache(maxsize=1024)
def _verb(kinds: tuple[str, ...]) -> str:
    """Return the verbs of kinds, in order; an unknown kind is quoted."""
    return listed(list(dict.fromkeys(_VERBS.get(kind) or f"did “{shown(kind, _KIND_CHARS)}” on" for kind in kinds)))


def _objects(actions: Sequence[_Action], with_numbers: bool) -> str:
    return listed([_object(action, with_numbers) for action in actions])


def _object(action: _Action, with_number: bool) -> str:
    """Return the quoted text with its number of items, if several; without a text, the number."""
    if not action.text:
        return "1 item" if action.n == 1 else f"{action.n} items"
    return f"“{action.text}” ×{action.n}" if with_number and action.n > 1 else f"“{action.text}”"


def _strong(items: Sequence[MovingItems]) -> Sequence[MovingItems]:
    """Return the items that are not far weaker than the strongest."""
    return [each for each in items if each.contribution >= _FAR_WEAKER * items[0].contribution]


def _telling(features: Sequence[MovingFeature]) -> dict[str, float]:
    """Return words of features with their shares, without words that hold another's: *some large amounts*."""
    words = {shown(each.words, _TEXT_CHARS): each.contribution for each in features if each.words}
    if len(words) > 1:
        return {each: part for each, part in words.items() if each and not _holds_another(each, words)}
    return words if "" not in words else {}


def _holds_another(words: str, others: Iterable[str]) -> bool:
    return any(each in words for each in others if each and each != words)
