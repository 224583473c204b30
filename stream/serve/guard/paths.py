"""Addresses whose parts may hold any character, a slash included: `/users/a%2Fb` is the user `a/b`.

Servers decode a path before routes are compared, and then `a/b` is two parts. Here `/` and `%` in a part stay encoded
until its handler calls `part_of_path`.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

MAX_BYTES = 8_192


class PathError(ValueError):
    """A path that is not UTF-8, or too long."""


def routed_path(raw_path: bytes) -> str:
    """Return a path for comparison with routes, decoded except for slashes and percent signs; raises PathError."""
    if len(raw_path) > MAX_BYTES:
        raise PathError(f"the address has {len(raw_path):,} bytes, at most {MAX_BYTES:,}")
    if b"%" not in raw_path and raw_path.isascii():
        return raw_path.decode("ascii")
    try:
        parts = [unquote_to_bytes(part).decode() for part in raw_path.split(b"/")]
    except UnicodeDecodeError as error:
        raise PathError("the address is not UTF-8 once decoded") from error
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def part_of_path(routed: str) -> str:
    """Return a part of a routed path, decoded altogether."""
    return routed.replace("%2F", "/").replace("%25", "%")
