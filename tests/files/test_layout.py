"""The column mapping as written on a command line."""

from __future__ import annotations

import pytest

from stream.files.layout import LayoutError, read_columns


def test_columns_are_names_joined_names_values_and_nothing() -> None:
    assert dict(read_columns("user_id=customer.id,text=title+category, kind==a = b,id=")) == {
        "user_id": ("customer.id",),
        "text": ("title", "category"),
        "kind": ("=a = b",),
        "id": (),
    }
    assert dict(read_columns("")) == {}


@pytest.mark.parametrize("text", ["customer", "customer=user_id", "user_id=a,user_id=b"])
def test_a_mapping_that_cannot_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(LayoutError, match=r"user_id=(customer|a\+b)"):
        read_columns(text)
