"""Recommenders of a team without Segue: popularity, the user's own purchases, neighbours, and matrix factors.

Each is fitted to the users of a population and scores users of any history. Item-kNN, ALS and BPR are those of
`implicit`. Their settings were chosen on validation households.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.sparse import csr_matrix

from apps.methods.population import Population, unit
from apps.methods.ranker import alike
from apps.methods.shoppers import Sheet
from stream.core.arrays import Floats

Scores = Callable[[Sheet], Floats]  # (n, n_categories), the larger the better

N_ITEM_NEIGHBOURS = 100
ALS = {"factors": 8, "regularization": 10.0, "alpha": 1.0, "iterations": 15}
BPR = {"factors": 16, "learning_rate": 0.01, "regularization": 0.01, "iterations": 300}
_SEED = 0


def baselines(population: Population) -> Mapping[str, Scores]:
    """Return the scores by name."""
    return {
        "popularity": lambda sheet: np.tile(population.popularity, (len(sheet.users), 1)),
        "own purchases": lambda sheet: sheet.days + population.popularity,  # popularity breaks ties
        "item-kNN": item_knn(population),
        "user-kNN on counts": lambda sheet: alike(population, sheet),
        "ALS": als(population),
        "BPR": bpr(population),
    }


def item_knn(population: Population) -> Scores:
    """Return cosines of categories with the user's, weighted by log counts of days."""
    from implicit.nearest_neighbours import ItemItemRecommender

    model = ItemItemRecommender(K=N_ITEM_NEIGHBOURS, num_threads=1)  # CosineRecommender 0.7.3 warns of its own matrices
    model.fit(csr_matrix(unit(np.log1p(population.sheet.days).T).T), show_progress=False)
    return lambda sheet: np.asarray((weights_of(sheet) @ model.similarity).todense())


def als(population: Population) -> Scores:
    """Return products of factors; a user's are computed from the user's own purchases."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(**ALS, random_state=_SEED, num_threads=1)
    model.fit(weights_of(population.sheet), show_progress=False)

    def scores(sheet: Sheet) -> Floats:
        users = model.recalculate_user(np.arange(len(sheet.users)), weights_of(sheet))
        return np.asarray(users @ model.item_factors.T, np.float64)

    return scores


def bpr(population: Population) -> Scores:
    """Return products of factors; a user's are the mean of those of the categories bought.

    BPR has no factors of users it was not fitted to.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(**BPR, random_state=_SEED, num_threads=1)
    model.fit(weights_of(population.sheet), show_progress=False)
    factors, bias = model.item_factors[:, :-1], model.item_factors[:, -1]

    def scores(sheet: Sheet) -> Floats:
        weights = weights_of(sheet)
        means = weights @ factors / np.maximum(weights.sum(axis=1), 1e-9)
        return np.asarray(means @ factors.T + bias, np.float64)

    return scores


def weights_of(sheet: Sheet) -> csr_matrix:
    """Return log(1 + days with a purchase), (n, n_categories)."""
    return csr_matrix(np.log1p(sheet.days))
