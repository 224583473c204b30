"""The newest action of each application, from a log that grows."""

from __future__ import annotations

import json
from pathlib import Path

from stream.demo.applications import Actions, action_line


def line(app: str, user: str, reason: str) -> bytes:
    return json.dumps({"app": app, "user": user, "reason": reason}).encode() + b"\n"


def test_the_newest_action_of_each_application_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "applications.log"
    log.write_bytes(b"3 records of the past are read\n" + line("risk", "1", "a") + line("marketing", "2", "b"))
    actions = Actions(log)
    actions.read()
    assert actions.lines() == ["marketing: user 2: b", "risk: user 1: a"]
    with log.open("ab") as file:
        file.write(line("risk", "3", "c"))
    actions.read()
    assert (actions.lines()[1], actions.n) == ("risk: user 3: c", 3)


def test_an_application_with_two_kinds_of_warning_shows_one_of_each(tmp_path: Path) -> None:
    log = tmp_path / "applications.log"
    warnings = [{"app": "relationship", "user": "1", "do": "win back", "warning": "churn"}]
    warnings += [{"app": "relationship", "user": str(user), "do": "offer more", "warning": "drift"} for user in (2, 3)]
    log.write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in warnings) + line("risk", "4", "a"))
    actions = Actions(log)
    actions.read()
    assert actions.lines() == ["relationship: user 1: win back", "relationship: user 3: offer more", "risk: user 4: a"]


def test_a_single_application_shows_its_latest_actions(tmp_path: Path) -> None:
    log = tmp_path / "applications.log"
    log.write_bytes(b"".join(line("risk", str(user), "a") for user in range(20)))
    actions = Actions(log)
    actions.read()
    assert actions.lines() == [f"risk: user {user}: a" for user in range(19, 11, -1)]


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "applications.log"
    whole = line("risk", "1", "a")
    log.write_bytes(whole[:9])
    actions = Actions(log)
    actions.read()
    assert actions.n == 0
    with log.open("ab") as file:
        file.write(whole[9:])
    actions.read()
    assert actions.lines() == ["risk: user 1: a"]


def test_a_line_for_a_terminal_has_no_control_characters() -> None:
    assert "\x1b" not in action_line({"app": "risk", "user": "\x1b[31m7", "reason": "x"})
    assert action_line({"app": "marketing", "segment": "s-0001", "reason": "x"}) == "marketing: segment s-0001: x"
