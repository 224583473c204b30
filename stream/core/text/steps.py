"""Text normalisation before the tokenizer, the same in training and in serving.

A name stands for one behaviour, its defaults included, for ever; another behaviour gets another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.core.text import behaviour as behaviour_text

OPTIONS: dict[str, dict[str, bool]] = {"none": {}, "behaviour-1": behaviour_text.DEFAULTS}  # name → options


class TextStepError(ValueError):
    """A text step with an unknown name or option."""


@dataclass(frozen=True, slots=True)
class TextStep:
    """A named way to normalise a text, with the options that differ from its defaults. Raises TextStepError.

    >>> TextStep("behaviour-1").apply('<b>Red</b>&nbsp;SHOES https://www.example.com/men/sneakers?id=7 👟')
    'red shoes example com men sneakers athletic shoe'
    >>> TextStep("behaviour-1", {"lower": False, "urls": False}).apply('"Red shoes" OR -boots a/b')
    'Red shoes boots a/b'
    """

    name: str
    options: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in OPTIONS:
            raise TextStepError(f"the text step {self.name!r} is not known here, known are {', '.join(OPTIONS)}")
        unknown = sorted(set(self.options) - set(OPTIONS[self.name]))
        if unknown:
            known = ", ".join(OPTIONS[self.name]) or "none"
            raise TextStepError(f"the text step {self.name} has no option {', '.join(unknown)}, known are {known}")

    def apply(self, text: str) -> str:
        """Return the normalised text, which may be empty; idempotent, never raises."""
        if self.name == "none":
            return text
        return behaviour_text.normalise(text, {**OPTIONS[self.name], **self.options})
