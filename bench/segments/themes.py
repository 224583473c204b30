"""Real texts by theme, the building blocks of planted groups.

Texts are those of The Complete Journey's purchases in January, as the shop's codes, so that figures of all days
compare. A theme is the most bought texts that begin with its words. The most bought texts of no theme are common to all
users.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.harness.conditions import DEFAULT_MODEL
from bench.harness.scenario import FEBRUARY_MS
from stream.bootstrap import build_encoder
from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.files.complete_journey import purchases
from stream.files.product_texts import in_codes
from stream.settings import Process

THEMES: dict[str, tuple[str, ...]] = {
    "baby": ("baby", "infant", "diaper"),
    "pets": ("dog ", "cat ", "pet care"),
    "beauty": ("makeup", "hair care", "hosiery", "hand/body", "fragrance"),
    "drinks": ("liquor", "domestic wine", "imported wine", "beers"),
    "seafood": ("seafood",),
    "meat": ("beef", "pork", "chicken", "lamb"),
    "vegetables": (
        "carrots",
        "peppers",
        "onions",
        "broccoli",
        "mushrooms",
        "tomatoes",
        "vegetables salad",
        "salad mix",
    ),
    "fruit": ("apples", "berries", "citrus", "grapes", "melons", "pears", "tropical", "stone fruit"),
    "candy": ("candy",),
    "soft drinks": ("soft drinks", "isotonic", "water -", "new age"),
    "health": ("vitamins", "analgesics", "cold and flu", "first aid", "antacids", "laxatives", "foot care"),
    "cleaning": ("household clean", "laundry", "dishwash", "bleach", "air care", "brooms"),
    "paper and toys": ("stationery", "toys", "greeting", "magazine", "film", "audio/video"),
    "hispanic": ("hispanic",),
    "baking": ("baking", "cake", "frosting", "flour", "sugars", "spices"),
    "household": ("kitchen", "cookware", "glassware", "plastic house", "hardware", "electrical", "batteries"),
    "deli": ("deli", "salads/dips", "prepared", "salad bar", "sushi", "party tray"),
    "breakfast": ("cold cereal", "hot cereal", "convenient brkfst", "coffee", "tea", "syrups"),
}
COMMON = len(THEMES)  # the index of the common texts, after all themes

N_OWN = 24  # texts of a theme at most
N_COMMON = 40
RESOLUTION = 512  # steps of a theme's distribution


@dataclass(frozen=True)
class Catalogue:
    """Texts with `vectors (n_texts, d)`, and `steps (n_themes + 1, RESOLUTION)`, the text at each quantile of a theme.

    The last row of `steps` is for the common texts. A uniform draw of a column draws from the theme's distribution.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    steps: NDArray[np.int32]

    @property
    def n_themes(self) -> int:
        """Number of themes, without the common texts."""
        return len(self.steps) - 1


@cache
def catalogue() -> Catalogue:
    """Build the catalogue of the real texts under the default model, once, in some seconds.

    Raises JourneyError without the extra `demo`.
    """
    return build_catalogue(january_texts(), build_encoder(Process(encoder=str(DEFAULT_MODEL))))


def january_texts() -> Counter[str]:
    """Count the purchases of each text in January."""
    decode = msgspec.json.decode
    return Counter(decode(value)["text"] for _, value in purchases(end_ms=FEBRUARY_MS, text_of=in_codes))


def build_catalogue(bought: Counter[str], encoder: Encoder) -> Catalogue:
    """Sort the texts in `bought` into themes, and encode them.

    The chance of a text is proportional to the square root of its count: one best seller must not be the whole theme.
    """
    ranked = [text for text, _ in bought.most_common()]
    own = [[text for text in ranked if text.startswith(words)] for words in THEMES.values()]
    used = {text for texts in own for text in texts}
    kept = [*(texts[:N_OWN] for texts in own), [text for text in ranked if text not in used][:N_COMMON]]
    texts = tuple(dict.fromkeys(text for theme in kept for text in theme))
    place = {text: at for at, text in enumerate(texts)}
    steps = [_steps([place[text] for text in theme], [bought[text] for text in theme]) for theme in kept]
    return Catalogue(texts, encoder.encode(texts), np.array(steps, np.int32))


def _steps(places: list[int], counts: list[int]) -> list[int]:
    """Return the position at the middle of each of RESOLUTION equal steps of the distribution."""
    cumulated = np.cumsum(np.sqrt(counts))
    quantiles = (np.arange(RESOLUTION) + 0.5) / RESOLUTION * cumulated[-1]
    return [places[at] for at in np.searchsorted(cumulated, quantiles).tolist()]
