"""Faults that only the Faust engine could have, on a real broker."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.test_engine_contract import assert_as_replayed
from tests.e2e.waiting import eventually

pytest.importorskip("faust", reason="needs the extra `faust`")

BUG = """
from stream.jobs.segmenter import Segmenter
def process(self, partition, raws, until_ms):
    raise ZeroDivisionError('a bug')
Segmenter.process = process
from stream.cli.main import main
main()
"""

NOT_DELIVERED = """
from stream.engines.faust.delivery import Delivery
async def deliver(self, batches):
    raise ZeroDivisionError('the broker refuses')
Delivery.deliver = deliver
from stream.cli.main import main
main()
"""

LEAVES_OUT = """
from itertools import count
from stream.engines.faust.record_buffer import RecordBuffer
put, n = RecordBuffer.put, count()
async def faulty(self, message):
    if next(n) % 50 >= 5:  # the first of fifty are left out
        await put(self, message)
        if message.offset % 7 == 0:
            await put(self, message)
RecordBuffer.put = faulty
from stream.cli.main import main
main()
"""


def test_records_that_faust_skips_or_repeats_are_applied_once_and_in_order(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path, tmp_path: Path
) -> None:
    deployment = deploy("faust", segment_model=str(segment_model), **scenario.SETTINGS)
    deployment.send(stream)
    log = tmp_path / "faulty.log"
    deployment.start(log, "-c", LEAVES_OUT, "worker")
    deployment.await_committed(len(stream))
    assert_as_replayed(deployment, scenario.expected(stream, segment_model))


@pytest.mark.parametrize("fault", [BUG, NOT_DELIVERED], ids=["bug", "not delivered"])
def test_a_fault_ends_the_process_before_anything_is_acknowledged(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path, fault: str
) -> None:
    deployment = deploy("faust", segment_model=str(segment_model), **scenario.SETTINGS)
    deployment.send(stream[:100])
    worker = deployment.command("-c", fault, "worker", "--instance", "one")
    done = subprocess.run(worker, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 70, done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert deployment.n_committed() == 0


def test_only_the_http_port_listens(deploy: Deploy, segment_model: Path) -> None:
    deployment = deploy("faust", segment_model=str(segment_model), **scenario.SETTINGS)
    worker = deployment.start_worker("one")
    port = int(worker.url().rpartition(":")[2])
    eventually(lambda: "partition restored" in worker.log.read_text(), "the app is started")
    assert listening(worker.process.pid) == {port}


def listening(pid: int) -> set[int]:
    """Ports that a process listens on, from /proc."""
    inodes, ports = {target(link) for link in Path(f"/proc/{pid}/fd").iterdir()}, set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def target(link: Path) -> str:
    """Return the target of a file descriptor; empty if it was closed since it was listed."""
    try:
        return link.readlink().name
    except OSError:
        return ""
