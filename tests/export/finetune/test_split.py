"""The split of users: disjoint, stable, and refused when a part is empty."""

from __future__ import annotations

import pytest

from export.errors import DataError
from export.finetune.history import history_of
from export.finetune.recipe import Method, Recipe
from export.finetune.split import split_users
from tests.export.finetune.histories import NONE


def test_each_user_is_in_one_part_of_about_the_right_size() -> None:
    history = history_of([(f"user {n}", 1, "wine") for n in range(1000)], {}, NONE)
    split = split_users(history)
    parts = [{user.user for user in part.users} for part in (split.training, split.validation, split.held_out)]

    assert set.union(*parts) == {f"user {n}" for n in range(1000)}
    assert [round(len(part) / 1000, 1) for part in parts] == [0.7, 0.1, 0.2]
    assert sum(map(len, parts)) == 1000


def test_a_user_is_in_the_same_part_of_every_data_set() -> None:
    few = split_users(history_of([(f"user {n}", 1, "wine") for n in range(30)], {}, NONE))
    many = split_users(history_of([(f"user {n}", 1, "wine") for n in range(300)], {}, NONE))

    assert {user.user for user in few.held_out.users} <= {user.user for user in many.held_out.users}


def test_an_empty_part_is_refused() -> None:
    with pytest.raises(DataError, match="1 users are too few to split"):
        split_users(history_of([("a", 1, "wine")], {}, NONE))


@pytest.mark.parametrize(("n_uses", "method"), [(5, Method.DISTIL), (4, Method.CONTRASTIVE)])
def test_auto_distils_texts_that_recur(n_uses: int, method: Method) -> None:
    history = history_of([("a", at, text) for at in range(n_uses) for text in ("wine", "milk")], {}, NONE)

    assert Recipe().method_for(history) is method
    assert Recipe(method=Method.DISTIL).method_for(history) is Method.DISTIL
