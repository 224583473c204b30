"""docs/integrations/webhook.md shows batches as they are sent, and every reason, answer and setting there is."""

from __future__ import annotations

import json
import re

import pytest

from stream.core.setting import settings_of
from stream.sink.endpoint import Answer, Meaning
from stream.sink.gate import Reason
from stream.sink.message import Message, Move, batch_body
from stream.sink.policy import Format, SinkPolicy
from tests.docs.integrations.exposed import INTEGRATIONS

PAGE = (INTEGRATIONS / "webhook.md").read_text(encoding="utf-8")
SHOWN = [
    Message(1, "7", "s-0003", "Snacks", Move.ENTERED, None, "5f0c…", 1_767_225_600_250),
    Message(2, "8", "s-0003", "Snacks", Move.EXITED, Reason.CONSENT, "91ab…", 1_767_225_600_000),
]


@pytest.mark.parametrize(("form", "key"), [(Format.SEGMENT, "batch"), (Format.SEGUE, "changes")])
def test_a_batch_is_shown_as_it_is_sent(form: Format, key: str) -> None:
    [block] = re.findall(rf'```json\n(\{{"{key}": .*?)```', PAGE, re.DOTALL)
    assert json.loads(block) == json.loads(batch_body(SHOWN, form))


def test_every_reason_is_there() -> None:
    assert set(re.findall(r"exits, reason `(\w+)`", PAGE)) == set(Reason)


def test_the_answers_mean_what_the_table_says() -> None:
    rows = dict(re.findall(r"^\| ([0-9a-z, ]+?)(?:, 5xx, no answer .*?)? \| (\w+) ", PAGE, re.MULTILINE))
    meanings = {"tries": Meaning.LATER, "sends": Meaning.REFUSED, "counts": Meaning.ACKNOWLEDGED}
    found = {status: meanings[verb] for cells, verb in rows.items() for status in re.findall(r"\b\d{3}\b", cells)
             if verb in meanings and status != "207"}  # fmt: skip
    assert set(found) == {"408", "425", "429", "400", "413", "422"}
    assert {status: Answer(int(status)).meaning for status in found} == found


def test_every_setting_there_exists() -> None:
    known = {each.env for each in settings_of(SinkPolicy)} | {"SEGUE_SINK_URL", "SEGUE_SINK_SEGMENTS", "SEGUE_PIN"}
    assert set(re.findall(r"SEGUE_[A-Z_]+", PAGE)) <= known
