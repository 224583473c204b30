"""People of a shop who ask for things, in three languages: groups with real words, and words that everybody uses."""

from __future__ import annotations

import numpy as np

Groups = dict[str, tuple[str, ...]]
People = list[list[tuple[str, ...]]]

ENGLISH: Groups = {
    "baby": (
        "where is the baby food with carrots",
        "baby food for a two month old",
        "do you have diapers in size three",
        "i need diapers and baby wipes",
        "a baby bottle for the night",
        "show me the baby food with rice",
        "can i order diapers for the week",
    ),
    "garden": (
        "where is the lawn mower with a battery",
        "i need a garden hose of ten meters",
        "do you have seeds for the vegetable garden",
        "a lawn mower for a small garden",
        "show me the garden hose with a reel",
        "can i order seeds for the balcony",
        "what is the price of the lawn mower",
    ),
    "phone": (
        "where is the iPhone case in blue",
        "i need an iPhone case for the beach",
        "do you have a charger for the car",
        "a screen protector for the tablet",
        "show me the charger with two plugs",
        "can i order a screen protector for tomorrow",
        "what is the price of the charger",
    ),
}
GERMAN: Groups = {
    "garten": (
        "wo ist der Rasenmäher mit Akku",
        "ich suche einen Gartenschlauch für den Balkon",
        "haben Sie Samen für ein Gemüsebeet",
        "der Rasenmäher für die Wiese",
        "was kostet der Gartenschlauch mit Trommel",
        "ich suche Samen für die Terrasse",
        "was kostet der Rasenmäher",
    ),
    "küche": (
        "wo ist die Bratpfanne mit Deckel",
        "ich suche einen Kochtopf für den Herd",
        "haben Sie ein Küchenmesser für das Brot",
        "die Bratpfanne für die Familie",
        "was kostet der Kochtopf mit Deckel",
        "ich suche ein Küchenmesser für die Küche",
        "was kostet die Bratpfanne",
    ),
    "büro": (
        "wo ist der Drucker mit Scanner",
        "ich suche einen Kugelschreiber für den Schreibtisch",
        "haben Sie Druckerpapier für ein Büro",
        "der Drucker für die Schule",
        "was kostet der Kugelschreiber mit Gravur",
        "ich suche Druckerpapier für die Firma",
        "was kostet der Drucker",
    ),
}
CHINESE: Groups = {
    "sport": (
        "我想买一双跑步的运动鞋",
        "运动鞋多少钱",
        "请问有没有白色的运动鞋",
        "这双运动鞋有没有大码",
        "瑜伽垫多少钱",
        "我想买一个厚的瑜伽垫",
        "请问有没有便宜的瑜伽垫",
    ),
    "kitchen": (
        "我想买一个大的电饭锅",
        "电饭锅多少钱",
        "请问有没有小的电饭锅",
        "这个电饭锅有没有保修",
        "不粘锅多少钱",
        "我想买一个厚的不粘锅",
        "请问有没有便宜的不粘锅",
    ),
    "baby": (
        "我想买一包小码的纸尿裤",
        "纸尿裤多少钱",
        "请问有没有大码的纸尿裤",
        "这包纸尿裤有没有优惠",
        "婴儿奶粉多少钱",
        "我想买一罐进口的婴儿奶粉",
        "请问有没有便宜的婴儿奶粉",
    ),
}


def people(groups: Groups, n: int = 60, own: float = 0.9, seed: int = 0) -> People:
    """Return the texts of n people of each group: up to five, a share `own` of the group, the others from anywhere."""
    rng = np.random.default_rng(seed)
    anything = [text for texts in groups.values() for text in texts]
    found = []
    for texts in groups.values():
        pools = [[texts if rng.random() < own else anything for _ in range(5)] for _ in range(n)]
        found.append([tuple(dict.fromkeys(str(rng.choice(pool)) for pool in each)) for each in pools])
    return found
