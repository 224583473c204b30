from __future__ import annotations

from dataclasses import replace

from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from tests.core.builders import MODEL


def test_models_have_one_space_if_encoder_features_and_scaler_are_equal() -> None:
    assert MODEL.has_space_of(replace(MODEL, version=9))
    assert not MODEL.has_space_of(replace(MODEL, encoder="other"))
    assert not MODEL.has_space_of(replace(MODEL, scaler=replace(MODEL.scaler, semantic_prior=2.0)))


def test_segments_have_their_descriptions_name_and_reserved_ids_name_themselves() -> None:
    assert [MODEL.name_of(i) for i in ("s-0002", "s-9999", PENDING, UNKNOWN, INACTIVE)] == [
        "bread",
        "s-9999",
        "pending",
        "unknown",
        "inactive",
    ]
