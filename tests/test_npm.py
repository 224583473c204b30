"""What npm fetches is what was pinned, or is refused."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha512

import pytest

from tests.npm import NpmError, NpmPackage


def test_another_archive_than_the_pinned_one_is_refused() -> None:
    package = NpmPackage("name", "1.0.0", b64encode(sha512(b"archive").digest()).decode())
    package.verify(b"archive")
    with pytest.raises(NpmError, match=r"name 1\.0\.0 as pinned"):
        package.verify(b"other")
