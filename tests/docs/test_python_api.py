"""The Python API: the examples of its page run as they are shown, and its edges."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stream
from stream import EncoderError, EventError, load_encoder, read_change, replay_events

PAGE = Path(__file__).parents[2] / "docs" / "python-api.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
EVENT = {"user_id": "7", "text": "red shoes", "timestamp": 1_767_225_600_000}


def test_the_examples_of_the_page_run_as_shown() -> None:
    blocks = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    assert len(examples.examples) > 15
    assert doctest.DocTestRunner(optionflags=FLAGS).run(examples).failed == 0


def test_the_page_names_every_name_of_the_api() -> None:
    named = set(re.findall(r"`([A-Za-z_]+)`", PAGE.read_text(encoding="utf-8").split("\n## ")[0]))
    assert set(stream.__all__) <= named


def test_every_name_of_the_api_can_be_imported_and_no_other() -> None:
    assert all(getattr(stream, name) is not None for name in stream.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = stream.nothing


def test_importing_the_package_loads_nothing_else() -> None:
    script = "import stream, sys; print(*(name for name in sys.modules if name not in sys.stdlib_module_names))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in loaded if name.startswith("stream")} == {"stream"}
    assert not {"numpy", "sklearn", "onnxruntime", "confluent_kafka"} & set(loaded)


def test_an_event_that_is_not_valid_is_an_error_with_its_number_and_reason() -> None:
    with pytest.raises(EventError, match=r"event 1 is not valid: missing_user: .*got b'\{\"text\":\"x\"\}'"):
        list(replay_events([EVENT, {"text": "x"}]))
    with pytest.raises(EventError, match="not_json"):
        list(replay_events([b"{"]))
    with pytest.raises(EventError, match="must have a JSON value, got <object"):
        list(replay_events([EVENT | {"amount": object()}]))


def test_values_of_numpy_and_empty_cells_are_read_as_json_would_be() -> None:
    frame = pd.DataFrame([EVENT, EVENT | {"amount": 2.5, "text": None, "kind": "search"}])
    assert list(replay_events(frame)) == []
    assert list(replay_events([EVENT | {"amount": np.float32(2.5)}])) == []


def test_a_frame_may_have_whole_numbers_as_users_and_other_columns() -> None:
    frame = pd.DataFrame({"customer_id": [7, 8], "date": ["2026-01-01", "2026-01-02"], "title": ["shoes", None]})
    with pytest.warns(UserWarning, match="read customer_id as user_id, date as timestamp, title as text; columns="):
        assert list(replay_events(frame)) == []
    assert list(replay_events(frame, columns="user_id=customer_id,timestamp=date,text=title")) == []
    with pytest.raises(EventError, match="no column 'kunde' for user_id"):
        next(replay_events(frame, columns="user_id=kunde"))
    with pytest.raises(EventError, match="hold the user"):
        next(replay_events([{"name": "ann"}]))


def test_an_encoder_that_is_not_there_is_an_error() -> None:
    with pytest.raises(EncoderError, match=r"no manifest\.json in nowhere"):
        load_encoder("nowhere")


def test_a_value_that_is_no_change_is_an_error() -> None:
    with pytest.raises(ValueError, match="JSON is malformed"):
        read_change(b"nonsense")


@pytest.mark.parametrize("one", ["events.jsonl", b"{}", {"user_id": "7"}])
def test_one_event_or_a_file_name_in_place_of_events_is_refused(one: Any) -> None:
    with pytest.raises(TypeError, match="iterable of events"):
        next(replay_events(one))
