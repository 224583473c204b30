"""Pages about one user: the journey, and the explanation of a change."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlencode

import msgspec

from stream.explain.errors import ExplainError
from stream.explain.explanation import Explanation
from stream.serve.identity import CursorError
from stream.serve.pages.errors import PageError
from stream.serve.pages.journeys import stays
from stream.serve.pages.renderer import Asked, Page
from stream.serve.pages.views import RULE_WORDS, ShownUser, decode_change
from stream.store.queries.users import user_change, user_changes, user_record
from stream.wire.changes import SegmentChange, change_id
from stream.wire.memberships import UserSegment

N_CHANGES = 20
USER_CHARS_MAX = 256
_SEQUENCE_MAX = 1 << 53
decode_record = msgspec.json.Decoder(UserSegment).decode


def user(asked: Asked) -> Page:
    """Return a user's page: segment, soft membership, traits, labels, and the stays with their reasons."""
    name, shown = _user_of(asked)
    before = _number(asked, "before")
    record = user_record(asked.store, name)
    found = [decode_change(value) for value in user_changes(asked.store, name, before, N_CHANGES + 1)]
    if before is not None and not found:
        raise PageError(404, "There are no earlier changes", "Begin with the newest changes of the user.")
    if record is None and not found:
        _unknown_user()
    more = found[N_CHANGES - 1].sequence if len(found) > N_CHANGES else None
    values = {
        "shown": shown,
        "record": decode_record(record) if record else None,
        "stays": stays(found[:N_CHANGES]),
        "more": more,
        "is_newest": before is None,
        "can_explain": asked.parts.explain is not None,
        "last_ce_id": _ce_id(found[0]) if found and before is None else "",
    }
    return Page("pages/user.html", f"User {shown.text}", "/changes", values)


def explanation(asked: Asked) -> Page:
    """Return the explanation of a change; without a decision computed again, as far as the change itself explains."""
    name, shown = _user_of(asked)
    sequence = _number(asked, "sequence")
    published = user_change(asked.store, name, sequence) if sequence is not None else None
    explained, why_not = _explained(asked, name, sequence)
    change = (explained.change if explained else None) or (decode_change(published) if published else None)
    change = change or (explained.recomputed if explained else None)
    if change is None and explained is None:
        raise PageError(404, "There is no such change", why_not, "The user's page lists the changes that there are.")
    values = {
        "shown": shown,
        "change": change,
        "explained": explained,
        "why_not": why_not,
        "rules": RULE_WORDS,
        "ce_id": _ce_id(change) if change else "",
    }
    title = f"Why change {change.sequence} of user {shown.text}" if change else f"Where user {shown.text} stands"
    return Page("pages/explanation.html", title, "/changes", values)


def _explained(asked: Asked, name: str, sequence: int | None) -> tuple[Explanation | None, str]:
    """Return the explanation, or None with a sentence that says why there is none."""
    if asked.parts.explain is None:
        return None, (
            "The decision is not computed again here, since this process has no encoder or no log. "
            "A segue serve beside a broker does so."
        )
    try:
        return asked.parts.explain(name, sequence), ""
    except ExplainError as error:
        return None, f"{error}"


def _user_of(asked: Asked) -> tuple[str, ShownUser]:
    """Return the user's id and the text that stands for it: what the reader gave, or the hash behind a sealed link."""
    name, ref = asked.query.get("id", ""), asked.query.get("ref", "")
    if ref:
        try:
            name = asked.parts.identity.unseal(ref)
        except CursorError as error:
            raise PageError(
                404, "This link is not known", "It may be of another deployment: look up the id."
            ) from error
        return name, ShownUser(asked.parts.identity.shown_user(name), urlencode({"ref": ref}))
    if not name.strip():
        raise PageError(400, "There is no user id", "Type the id of a user into the field above.")
    if len(name) > USER_CHARS_MAX:
        raise PageError(400, "This user id is too long", f"An id has at most {USER_CHARS_MAX} characters.")
    return name, ShownUser(name, urlencode({"id": name}))


def _number(asked: Asked, name: str) -> int | None:
    text = asked.query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:17]) < _SEQUENCE_MAX):
        raise PageError(
            400, "This number cannot be read", f"“{text[:20]}” is no number of a change: 1, 2, 3, and so on."
        )
    return int(text)


def _ce_id(change: SegmentChange) -> str:
    return change_id(change.user, change.sequence, change.decision_time_ms)


def _unknown_user() -> NoReturn:
    raise PageError(
        404,
        "This user is not known",
        "Either no event of the user had a result yet, or the user was erased.",
        "Ids are compared letter by letter: look for blanks and capitals.",
    )
