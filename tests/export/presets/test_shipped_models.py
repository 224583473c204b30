"""The encoders in `models/`: intact, true to what they were made from, and made from the data that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.package.golden_vectors import verify_golden_vectors
from export.presets.completejourney import training_texts
from export.presets.households import household_split
from export.texts import texts_sha256
from stream.core.text.steps import TextStep
from stream.files.product_texts import in_codes
from stream.onnx.folder import read_manifest

MODELS = Path(__file__).parents[3] / "models"


@pytest.mark.parametrize("name", ["default", "demo"])
def test_a_shipped_model_gives_the_vectors_of_its_torch_source(name: str) -> None:
    assert verify_golden_vectors(MODELS / name).cosine_mean > 0.99


def test_the_default_model_was_fitted_on_the_training_texts_that_are_here() -> None:
    assert read_manifest(MODELS / "default").data_sha256 == texts_sha256(training_texts(in_codes))


def test_the_demo_model_was_fine_tuned_on_the_households_that_are_here() -> None:
    assert read_manifest(MODELS / "demo").data_sha256 == household_split(TextStep("none")).fingerprint()
