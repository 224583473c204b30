"""Every status is a page with advice."""

from __future__ import annotations

import pytest

from stream.serve.pages.errors import error_of_status


@pytest.mark.parametrize("status", [400, 401, 404, 405, 413, 418, 421, 429, 500, 503])
def test_a_status_has_a_title_and_advice(status: int) -> None:
    error = error_of_status(status, "The detail.")
    assert error.title
    assert error.sentences[0] == "The detail."
    assert len(error.sentences) == 2
