"""Users as people may see them: by hash, unless `SEGUE_MEMBER_IDS` allows ids. Look-ups by id always work.

A cursor is the last user of a page, sealed by deterministic authenticated encryption (AES-SIV, RFC 5297). So a page of
hashes does not tell an id through its cursor.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from stream.training.describe.member_hash import hash_member_id


class CursorError(ValueError):
    """A cursor that this deployment did not make."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A way to show users. `salt` is that of the member hashes on `segments`; `key`, of 32 bytes, seals cursors."""

    member_ids: bool
    salt: str
    key: bytes

    def shown_user(self, user: str) -> str:
        """Return the user as lists show it: the id if allowed, else the hash that is on `segments` too."""
        return user if self.member_ids else hash_member_id(user, self.salt)

    def seal(self, user: str) -> str:
        """Return a cursor that holds the user, readable by this deployment only."""
        sealed = AESSIV(self.key).encrypt(user.encode(), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def unseal(self, cursor: str) -> str:
        """Return the user in a cursor; raises CursorError."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return AESSIV(self.key).decrypt(sealed, None).decode()
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise CursorError(cursor) from error
