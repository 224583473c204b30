"""Snowplow's enriched events: the fields of their tab-separated form, and their columns as fields of a flat event.

Source: docs.snowplow.io, "Enriched stream TSV file format" and "Snowplow atomic event properties". The JSON of the
Analytics SDKs has the same fields, and the entities and the self-describing event under names of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from stream.files.lines import lines

_FIELDS = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country
geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain
ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery
page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium
refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label
se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country
ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang br_features_pdf
br_features_flash br_features_java br_features_director br_features_quicktime br_features_realplayer
br_features_windowsmedia br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth
br_viewheight os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth
dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency
ti_price_base base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid
refr_device_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format
event_version event_fingerprint true_tstamp
"""
FIELDS = tuple(_FIELDS.split())
N_FIELDS = len(FIELDS)

_KINDS = {"page_view": "view", "screen_view": "view", "transaction": "purchase", "transaction_item": "purchase"}
_PRODUCT = re.compile(r"contexts_com_snowplowanalytics_snowplow_ecommerce_product_\d+")
_TEXTS = ("se_label", "se_property", "ti_name", "ti_category", "page_title")


def snowplow_rows(file: IO[bytes]) -> Iterator[tuple[int, dict[str, str] | list[str]]]:
    """Yield the rows of the tab-separated form; a row with another number of fields becomes the list of its cells."""
    for number, line in lines(file):
        cells = line.decode(errors="replace").split("\t")
        yield number, dict(zip(FIELDS, cells, strict=True)) if len(cells) == N_FIELDS else cells


def is_snowplow(row: Mapping[str, Any]) -> bool:
    """Return True for an enriched event: it has the times and the tracker version that each event must have."""
    return {"collector_tstamp", "event_id", "v_collector"} <= row.keys()


def snowplow_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a flat event, as they are in the row.

    The user is `user_id`, else the browser's `domain_userid`, else `network_userid`. The time is `derived_tstamp`,
    which Snowplow corrects for wrong clocks of devices, else the collector's.
    """
    name = row.get("se_action") or row.get("event_name") or row.get("event")
    entities = (
        each for key, value in row.items() if _PRODUCT.fullmatch(key) and isinstance(value, list) for each in value
    )
    products = [entity for entity in entities if isinstance(entity, dict)]
    named = [product.get(key) for product in products for key in ("name", "category")]
    texts = [*(row.get(key) for key in _TEXTS[:-1]), *named]
    return {
        "user_id": row.get("user_id") or row.get("domain_userid") or row.get("network_userid"),
        "timestamp": row.get("derived_tstamp") or row.get("collector_tstamp"),
        "text": [text for text in texts if text] or row.get("page_title"),
        "kind": _KINDS.get(str(name), name),
        "amount": row.get("tr_total") or row.get("ti_price") or row.get("se_value"),
        "id": row.get("event_id"),
    }
