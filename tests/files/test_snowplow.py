"""Snowplow's enriched events: the example of the Python Analytics SDK's tests, in both forms."""

from __future__ import annotations

import io
from typing import Any

from stream.files.snowplow import FIELDS, N_FIELDS, is_snowplow, snowplow_fields, snowplow_rows

EXAMPLE = {
    "app_id": "angry-birds",
    "platform": "web",
    "etl_tstamp": "2017-01-26 00:01:25.292",
    "collector_tstamp": "2013-11-26 00:02:05",
    "dvce_created_tstamp": "2013-11-26 00:03:57.885",
    "event": "page_view",
    "event_id": "c6ef3124-b53a-4b13-a233-0088f79dcbcb",
    "v_collector": "clj-tomcat-0.1.0",
    "user_id": "jon.doe@email.com",
    "domain_userid": "bc2e92ec6c204a14",
    "network_userid": "ecdff4d0-9175-40ac-a8bb-325c49733607",
    "page_title": "On Analytics",
    "derived_tstamp": "2013-11-26 00:03:57.886",
    "event_name": "page_view",
}


def tsv(fields: dict[str, str]) -> bytes:
    return "\t".join(fields.get(name, "") for name in FIELDS).encode()


def test_there_are_131_fields_in_the_documented_places() -> None:
    assert N_FIELDS == len(set(FIELDS)) == 131
    assert [FIELDS[at] for at in (0, 12, 22, 52, 58, 130)] == [
        "app_id", "user_id", "geo_latitude", "contexts", "unstruct_event", "true_tstamp",
    ]  # fmt: skip


def test_a_row_has_the_fields_by_name_and_one_of_another_length_is_no_event() -> None:
    (first, row), (second, other) = snowplow_rows(io.BytesIO(tsv(EXAMPLE) + b"\n\ttwo\tfields\n"))
    assert isinstance(row, dict)
    assert {name: value for name, value in row.items() if value} == EXAMPLE
    assert (first, second, other) == (1, 2, ["", "two", "fields"])


def test_a_page_view_is_a_view_of_its_title_at_the_derived_time() -> None:
    expected = {
        "user_id": "jon.doe@email.com",
        "timestamp": "2013-11-26 00:03:57.886",
        "text": "On Analytics",
        "kind": "view",
        "amount": None,
        "id": "c6ef3124-b53a-4b13-a233-0088f79dcbcb",
    }
    assert is_snowplow(EXAMPLE)
    assert snowplow_fields(EXAMPLE) == expected
    assert snowplow_fields(EXAMPLE | {"user_id": "", "derived_tstamp": ""}) == expected | {
        "user_id": "bc2e92ec6c204a14", "timestamp": "2013-11-26 00:02:05",
    }  # fmt: skip


def test_a_structured_event_has_its_action_and_an_item_its_price() -> None:
    struct: dict[str, Any] = {"se_action": "add-to-basket", "se_label": "red shoes", "se_value": "59.9"}
    fields = snowplow_fields(EXAMPLE | struct)
    assert (fields["kind"], fields["text"], fields["amount"]) == ("add-to-basket", ["red shoes"], "59.9")
    item = {"event_name": "transaction_item", "ti_name": "Tee", "ti_category": "Apparel", "ti_price": 16.0}
    fields = snowplow_fields(EXAMPLE | item)
    assert (fields["kind"], fields["text"], fields["amount"]) == ("purchase", ["Tee", "Apparel"], 16.0)


def test_products_of_the_ecommerce_entities_are_the_text() -> None:
    products = {"contexts_com_snowplowanalytics_snowplow_ecommerce_product_1": [{"name": "Tee", "category": "A"}, None]}
    assert snowplow_fields(EXAMPLE | products)["text"] == ["Tee", "A"]
