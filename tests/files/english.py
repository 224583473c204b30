"""English words: the vocabulary of the shipped tokenizer, plain derivations of its words, and words read by us."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_TOKENIZER = Path(__file__).parents[2] / "models" / "default" / "tokenizer.json"
_ENDINGS = ("s", "es", "ed", "d", "ing", "ings", "er", "ers", "y", "'s", "less", "able")
_SHORTEST = 3  # letters: two letters are more often a code
_READ = """
a by in of on or to tv up ml l'oreal abrasives acne alkaline allergy anjou antiperspirants appetizers aseptic
asparagus avocado bagels bake bakeware beets biscuit bleach bouillon braeburn broccoli broth brownie canola cantaloupe
cauliflower celery cilantro clementines cloves cob cobblers coleslaw condiments coupons cranberry creme croissants
croutons crumbs cucumbers custard dandruff decaffeinated decongestants deli deodorant deodorants detergent detergents
distilled donuts eggnog entrees expectorants fajitas fasteners fillets floss freshener gadgets gelatin glazes gourmet
granola grated horseradish hydrocortisone icing jalapeno jumbo ketchup kiwi kosher kraut laxatives lettuce liniments
loaves lozenges luncheon macaroni malt margarine marmalade marshmallow marshmallows mashed maybelline mayonnaise
medicated melon melons meringue mincemeat molasses mops morsels muffin muffins nacho navel nectarines noodle oatmeal
offal pails parsley pepperoni picante pints pita portobello pretzels quarts radish ramen raspberries refreshers
refried refrigerated relishes revlon ricotta rinse rinses rotisserie salsa sauerkraut savory scouring seltzer serrano
shampoo shampoos shortening sinus skillet softener spinach stationery sushi swabs sweetened sweeteners taco tampons
tangelos tofu tortilla tortillas tostada unleaded unsweetened upholstery varietal waffles wafers watermelon yams
yogurt zucchini
"""


def is_english(word: str) -> bool:
    """Return True for a word of the vocabulary, a derivation of one, two in one, or a word in the list above."""
    halves = ((word[:at], word[at:]) for at in range(_SHORTEST, len(word) - _SHORTEST + 1))
    return word in _READ.split() or _is_derived(word) or any(_known(a) and _is_derived(b) for a, b in halves)


def _is_derived(word: str) -> bool:
    return _known(word) or any(
        _known(stem)
        for ending in _ENDINGS
        if word.endswith(ending)
        for base in [word.removesuffix(ending)]
        for stem in (base, f"{base}e", base[:-1] if base[-1:] == base[-2:-1] else "", f"{base.removesuffix('i')}y")
    )


def _known(word: str) -> bool:
    return len(word) >= _SHORTEST and word in _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(json.loads(_TOKENIZER.read_bytes())["model"]["vocab"])
