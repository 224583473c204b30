from __future__ import annotations

from pathlib import Path

from stream.maps.layout import LayoutKeeper, LayoutState


def test_a_store_that_is_not_there_yet_has_no_layout(tmp_path: Path) -> None:
    keeper = LayoutKeeper(tmp_path / "store.db", tmp_path / "layout.npz")
    assert keeper.current().state is LayoutState.NO_MODEL
    assert keeper.current().landmarks is None
    keeper.close()
