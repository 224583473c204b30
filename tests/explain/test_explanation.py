"""Structs of an explanation: they survive JSON."""

import msgspec

from stream.explain.explanation import Basis, Explanation, Lack, Missing


def test_an_explanation_survives_json() -> None:
    lacking = Missing(Lack.MODEL_IS_GONE, "segment model 3 is not on the topic any more")
    explanation = Explanation("ann", 2, None, None, equal=False, basis=Basis.NOTHING, missing=(lacking,))
    assert msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation) == explanation
