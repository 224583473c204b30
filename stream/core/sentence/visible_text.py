"""Text that others wrote, for a terminal: the unprintable is visible, and cannot move, hide or colour the rest."""

from __future__ import annotations

_JOINERS = "\u200c\u200d"  # parts of Persian words and of emoji


def visible(text: str) -> str:
    r"""Return `text` with every unprintable character as its escape: controls, line ends, bidirectional overrides.

    >>> print(visible("a\tb\x1b[31m\n"), visible("\u202eevil"), visible("fresh 草莓"))
    a\tb\x1b[31m\n \u202eevil fresh 草莓
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def visible_bytes(data: bytes, n_max: int | None = None) -> str:
    r"""Return bytes as text: UTF-8 as far as they are, each other byte as its escape; at most the first `n_max` bytes.

    >>> print(visible_bytes(b"caf\xe9 \xe2\x82\xac"), visible_bytes(b"abcdef", 3))
    caf\xe9 € abc… (6 bytes)
    """
    cut = data if n_max is None else data[:n_max]
    end = f"… ({len(data):,} bytes)" if len(cut) < len(data) else ""
    return visible(cut.decode(errors="backslashreplace")) + end


def _escaped(character: str) -> str:
    return (
        character if character.isprintable() or character in _JOINERS else character.encode("unicode_escape").decode()
    )
