"""Errors as pages: each says what happened and what to do next."""

from __future__ import annotations

from http import HTTPStatus

_WORDS = {
    400: ("This cannot be read", "Check the address, or choose a page from the menu."),
    401: ("A token is needed", "Ask the operator for a token (SEGUE_SERVE_TOKENS)."),
    404: ("There is no such page", "Choose a page from the menu, or look up a user above."),
    405: ("This address is only for reading", "Pages are read with GET."),
    413: ("The request is too large", "Send less."),
    421: ("This host name is not served here", "Use the address that segue serve printed (SEGUE_SERVE_NAMES)."),
    429: ("Too many requests", "Wait a moment and load the page again (SEGUE_SERVE_RATE)."),
    500: ("A fault of the server", "The log of segue serve has the cause."),
    503: ("The figures cannot be read now", "Load the page again in a moment."),
}


class PageError(Exception):
    """An error to answer with as a page: a title, and sentences for people that say what to do."""

    def __init__(self, status: int, title: str, *sentences: str) -> None:
        super().__init__(title)
        self.status, self.title, self.sentences = status, title, sentences


def error_of_status(status: int, detail: str = "") -> PageError:
    """Return the error that a status stands for; `detail` is a sentence before the advice."""
    title, advice = _WORDS.get(status, (HTTPStatus(status).phrase, "Choose a page from the menu."))
    return PageError(status, title, *filter(None, (detail, advice)))
