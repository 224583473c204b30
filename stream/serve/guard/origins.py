"""Pages of other sites that may read answers: CORS, off unless origins are configured (Fetch standard)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Header = tuple[bytes, bytes]

_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, if-none-match"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED = b"etag, retry-after, segue-state, segue-age-ms, segue-lag, segue-revision"


class Origins:
    """Origins that may read answers."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._known = {origin.lower().encode() for origin in origins}

    def headers(self, request: Mapping[bytes, bytes]) -> list[Header]:
        """Return the headers of an answer to a page of another site; none for other sites and without configuration."""
        if not self._known:
            return []
        origin = request.get(b"origin", b"")
        found = [(b"vary", b"Origin")]
        if origin.lower() in self._known:
            found += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
        return found

    def is_preflight(self, method: str, request: Mapping[bytes, bytes]) -> bool:
        """Return True for a browser's question whether a known origin may ask; it comes without a token."""
        asks = method == "OPTIONS" and b"access-control-request-method" in request
        return asks and request.get(b"origin", b"").lower() in self._known

    def preflight_headers(self, request: Mapping[bytes, bytes]) -> list[Header]:
        """Return the headers of the answer to a preflight of a known origin."""
        return [*self.headers(request), *_PREFLIGHT]
