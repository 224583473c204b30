"""The comparison behind `segue sink verify`, over two ledgers by hand."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from stream.sink.ledger_view import viewing
from stream.sink.verify import compare
from tests.sink.builders import NO, Members, acknowledged, begun, opened


def test_differences_are_members_not_entered_and_others_not_exited(tmp_path: Path) -> None:
    #            ledger: acknowledged    in doubt    |   the whole topic
    #  ann       entered                             |   member
    #  bob       entered                             |   withdrew
    #  cid                           entering        |   member
    #  dan                           entering        |   erased
    #  eve       entered, exit in doubt              |   in another segment
    #  fay                                           |   member
    #  gil                                           |   member of a small audience
    log, (told, now) = Members(), (tmp_path / "told", tmp_path / "now")
    for folder in (told, now):
        folder.mkdir()
    with closing(opened(told)) as ledger, closing(opened(now)) as members:
        ledger.apply([log.put("ann"), log.put("bob"), log.put("eve")], {})
        acknowledged(ledger)
        ledger.apply([log.put("cid"), log.put("dan"), log.put("eve", "s-0009")], {})
        begun(ledger)
        changes = [log.put("bob", traits=NO), log.erase("dan"), log.put("fay"), log.put("gil", "s-0002")]
        members.apply([*log.reads[:-4], *changes], {})
        with viewing(ledger.path) as known, viewing(members.path) as topic:
            found = {(each.user, each.difference, each.told) for each in compare(topic, known, {"s-0002"})}
    assert found == {
        ("bob", "not_exited", "entered"),
        ("cid", "not_entered", "entering"),
        ("dan", "not_exited", "entering"),
        ("eve", "not_exited", "exiting"),
        ("fay", "not_entered", ""),
    }
