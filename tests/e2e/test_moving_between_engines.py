"""One engine takes over from the other on the same topics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.test_engine_contract import assert_as_replayed

pytest.importorskip("faust", reason="needs the extra `faust`")


@pytest.mark.parametrize(
    "engines",
    [("transactional", "faust"), pytest.param(("faust", "transactional"), marks=pytest.mark.chaos)],
    ids="-then-".join,
)
def test_another_engine_loses_nothing_and_restores_the_same_state(
    engines: tuple[str, str], deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    # a third by the one, a third by the other, and back again, each ended the hard way or by a stop
    deployment = deploy(engines[0], segment_model=str(segment_model), **scenario.SETTINGS)
    third = len(stream) // 3
    ends = [0, third, 2 * third, len(stream)]
    for n, engine in enumerate((*engines, engines[0])):
        deployment.engine = engine
        worker = deployment.start_worker("one")
        deployment.send(stream[ends[n] : ends[n + 1]])
        deployment.await_committed(ends[n + 1])
        if n == 0:
            worker.kill()
        else:
            assert worker.stop() == 0
    deployment.engine = "faust"
    assert_as_replayed(deployment, scenario.expected(stream, segment_model))
