"""docker-compose.yml and the Dockerfile, as far as they can be checked without a Docker daemon.

The Compose specification's JSON schema comes with the development dependency `check-jsonschema`.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from stream.cli.main import segue
from stream.core.kernel.build import ZIGLANG

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*")  # a full version, so neither `latest` nor `3.12`

Service = dict[str, Any]
SERVICES: dict[str, Service] = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def each(services: dict[str, Service]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("service", services.values(), ids=services)


def parse(command: click.Command, arguments: list[str]) -> None:
    """Parses `arguments` down to the last subcommand, required options and all, and runs nothing."""
    while isinstance(command, click.Group):
        subcommand = command.get_command(click.Context(command), arguments[0])
        assert subcommand is not None, f"no command {arguments[0]}"
        command, arguments = subcommand, arguments[1:]
    command.make_context(command.name, list(arguments)).close()


def test_the_file_follows_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@each(SERVICES)
def test_every_port_is_published_on_the_loopback_address_only(service: Service) -> None:
    assert [port for port in service.get("ports", []) if not str(port).startswith("127.0.0.1:")] == []


@each(SERVICES)
def test_every_image_is_pinned_to_a_full_version(service: Service) -> None:
    assert PINNED.fullmatch(service["image"])


@each(SERVICES)
def test_every_service_comes_back_after_a_crash(service: Service) -> None:
    assert service["restart"] in ("unless-stopped", "on-failure:5")


@each(OURS)
def test_every_command_is_one_of_segue(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, str(value))
    parse(segue, service["command"])


@each(OURS)
def test_our_containers_can_write_nothing_and_gain_nothing(service: Service) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@each(OURS)
def test_our_containers_reach_kafka_where_it_advertises_itself_to_them(service: Service) -> None:
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"CONTAINERS://{service['environment']['SEGUE_BOOTSTRAP_SERVERS']}" in listeners


def test_workers_scale() -> None:
    worker = SERVICES["worker"]
    assert "container_name" not in worker
    assert worker["ports"] == ["127.0.0.1:9464-9473:9464"]  # one fixed host port would stop the second worker


def test_every_condition_that_a_service_waits_for_can_become_true() -> None:
    for service in SERVICES.values():
        for name, on in service.get("depends_on", {}).items():
            awaited = SERVICES[name]
            if on["condition"] == "service_healthy":
                assert "healthcheck" in awaited
            else:
                assert awaited["restart"] != "unless-stopped"  # it would never be completed


def test_the_data_of_kafka_are_on_a_named_volume() -> None:
    kafka = SERVICES["kafka"]
    assert f"kafka-data:{kafka['environment']['KAFKA_LOG_DIRS']}" in kafka["volumes"]


def test_compose_and_the_embedded_broker_run_the_same_kafka() -> None:
    lock = (ROOT / "stream/devkafka/jars.lock").read_text()
    version = SERVICES["kafka"]["image"].removeprefix("apache/kafka:")
    assert f"org.apache.kafka:kafka_2.13:{version} " in lock


def test_the_image_is_built_on_a_pinned_python_and_a_pinned_uv() -> None:
    image = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert image
    assert PINNED.fullmatch(image[1])
    assert re.search(r"pip install .* uv==\d+\.\d+\.\d+$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_the_image_compiles_with_the_zig_of_every_other_machine_without_a_compiler() -> None:
    assert f"pip install --no-cache-dir {ZIGLANG} " in DOCKERFILE
    compiles = DOCKERFILE.index("RUN python -m stream.core.kernel.build && uv sync")
    assert DOCKERFILE.index("COPY stream stream") < compiles < DOCKERFILE.rindex("FROM ")


def test_the_image_runs_segue_as_an_unprivileged_user_and_without_torch() -> None:
    assert 'ENTRYPOINT ["segue"]' in DOCKERFILE
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"--extra (export|gpu)|--all-extras", DOCKERFILE)


def test_all_that_the_image_copies_is_in_the_build_context() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for names in copied for name in names.split()} == kept
