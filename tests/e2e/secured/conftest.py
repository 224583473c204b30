"""One secured broker for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.deployment import Deployment
from tests.e2e.secured.broker import SecuredBroker, secured_broker


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """A broker that knows its users."""
    with secured_broker(tmp_path_factory.mktemp("certificates")) as broker:
        yield broker


@pytest.fixture
def deployment(secured: SecuredBroker, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment that the administrator made; its workers connect as the user, by TLS with a password."""
    prefix = f"{uuid4().hex[:8]}."
    made = Deployment(replace(secured.admin, topic_prefix=prefix), tmp_path, settings=as_text(secured.sasl(prefix)))
    yield made
    made.close()


def as_text(settings: dict[str, str]) -> dict[str, str]:
    """Settings as environment variables have them."""
    return {name: str(value) for name, value in settings.items()}
