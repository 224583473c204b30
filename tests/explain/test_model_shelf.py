"""Models of the topic by version: taken back ones too, and reasons against those that cannot decide here."""

from __future__ import annotations

from dataclasses import replace

from stream.core.features import registry
from stream.core.segment_model import SegmentModel
from stream.core.serving import NOTHING_SERVES, ServingVersions
from stream.explain.explanation import Lack
from stream.explain.model_shelf import ModelShelf
from stream.wire.promotions import SERVING_KEY
from stream.wire.segment_models import dump_segment_model
from tests.core.builders import ENCODER, MODEL, POLICY, word_model

FEATURES = tuple(registry(POLICY))


def shelf(*models: SegmentModel) -> ModelShelf:
    """A shelf of these models as records of the topic."""
    made = ModelShelf(ENCODER.version, FEATURES)
    made.take((at, str(model.version).encode(), dump_segment_model(model)) for at, model in enumerate(models))
    return made


def test_a_serving_model_has_the_previous_one_beside_it_during_a_ramp() -> None:
    found = shelf(MODEL, word_model(version=2)).serving(ServingVersions(2, 1, 7, 50))
    assert found is not None
    assert found.versions == ServingVersions(2, 1, 7, 50)
    assert shelf(MODEL).serving(NOTHING_SERVES) is None


def test_a_model_that_was_taken_back_is_still_there() -> None:
    made = shelf(MODEL)
    made.take([(1, b"1", None), (2, SERVING_KEY, b"{}"), (3, None, b"x")])
    assert made.next_offset == 4
    assert made.model(1) is not None


def test_the_last_document_of_a_version_counts() -> None:
    made, renamed = shelf(MODEL), word_model(("tea", "bread", "shoes"))
    assert made.model(1) is not None
    made.take([(1, b"1", dump_segment_model(renamed))])
    found = made.model(1)
    assert found is not None
    assert found.descriptions[0].name == "tea"


def test_models_that_cannot_decide_here_have_a_reason() -> None:
    other_encoder = replace(MODEL, encoder="other")
    made = shelf(other_encoder)
    made.take(
        [(1, b"3", b"{}"), (2, b"2", dump_segment_model(word_model(version=2, policy=replace(POLICY, kinds=("buy",)))))]
    )
    assert [made.model(version) for version in (1, 2, 3, 4)] == [None] * 4
    assert [made.missing[version].lack for version in (1, 2, 3, 4)] == [
        Lack.OTHER_ENCODER,
        Lack.OTHER_SETTINGS,
        Lack.MODEL_IS_GONE,
        Lack.MODEL_IS_GONE,
    ]
    assert "SEGUE_ENCODER" in made.missing[1].sentence
    assert "SEGUE_KINDS" in made.missing[2].sentence


def test_a_fixed_model_is_on_the_shelf_from_the_beginning() -> None:
    assert ModelShelf(ENCODER.version, FEATURES, MODEL).model(1) is MODEL
