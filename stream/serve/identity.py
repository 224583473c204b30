"""Users as people may see them: by hash, unless `SEGUE_MEMBER_IDS` allows ids. Look-ups by id always work.

A cursor is the last user of a page, sealed by deterministic authenticated encryption: the construction of SIV (RFC
5297) on keyed BLAKE2b. So a page of hashes does not tell an id through its cursor.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from hashlib import blake2b

from stream.training.describe.member_hash import hash_member_id

_TAG_BYTES = 16


class CursorError(ValueError):
    """A cursor that this deployment did not make."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A way to show users. `salt` is that of the member hashes on `segments`; `key` seals cursors."""

    member_ids: bool
    salt: str
    key: bytes

    def shown_user(self, user: str) -> str:
        """Return the user as lists show it: the id if allowed, else the hash that is on `segments` too."""
        return user if self.member_ids else hash_member_id(user, self.salt)

    def seal(self, user: str) -> str:
        """Return a cursor that holds the user, readable by this deployment only."""
        plain = user.encode()
        tag = self._digest(b"tag", plain)
        return base64.urlsafe_b64encode(tag + self._xor(plain, tag)).decode().rstrip("=")

    def unseal(self, cursor: str) -> str:
        """Return the user in a cursor; raises CursorError."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CursorError(cursor) from error
        tag, plain = sealed[:_TAG_BYTES], self._xor(sealed[_TAG_BYTES:], sealed[:_TAG_BYTES])
        if not hmac.compare_digest(tag, self._digest(b"tag", plain)):
            raise CursorError(cursor)
        return plain.decode()

    def _xor(self, text: bytes, tag: bytes) -> bytes:
        n_blocks = -(-len(text) // 64)
        stream = b"".join(self._digest(b"stream", tag + bytes([at >> 8, at & 255]), 64) for at in range(n_blocks))
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))

    def _digest(self, purpose: bytes, text: bytes, n_bytes: int = _TAG_BYTES) -> bytes:
        return blake2b(purpose + b":" + text, key=self.key, digest_size=n_bytes).digest()
