"""`segue worker` with a registry that it cannot use ends with one sentence, before it connects to Kafka."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.registry_server import registry_server

WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {packages}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from stream.cli.main import main
sys.argv = ["segue", "worker"]
main()
"""
OF_THE_EXTRA = ("attrs", "authlib", "cachetools", "certifi", "fastavro", "google", "httpx", "httpx2")


def worker(missing: tuple[str, ...] = (), **settings: str) -> str:
    """What a worker prints that ends by itself with exit code 1."""
    environment = {f"SEGUE_{name.upper()}": value for name, value in settings.items()}
    program = [sys.executable, "-c", WITHOUT.format(packages=missing)]
    command = ["env", *(f"{name}={value}" for name, value in environment.items()), *program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("missing", [OF_THE_EXTRA, ("fastavro",), ("google",)], ids=["all", "fastavro", "protobuf"])
def test_a_missing_extra_is_named(missing: tuple[str, ...]) -> None:
    said = worker(missing, registry_url="http://127.0.0.1:1")
    assert "pip install 'segue[registry]'" in said


def test_a_wrong_token_ends_the_worker_and_is_not_shown() -> None:
    with registry_server(password="right") as server:
        said = worker(registry_url=server.url, registry_token="wrong-token", registry_allow_http="true")
    assert f"the schema registry {server.url} refuses us" in said
    assert "SEGUE_REGISTRY_TOKEN" in said
    assert "wrong-token" not in said
