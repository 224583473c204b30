"""Each cluster and prefix has a store of its own in the user's state directory."""

from __future__ import annotations

from pathlib import Path

from stream.kafka.connection import Connection
from stream.store.places import default_store


def place(servers: str, prefix: str = "") -> Path:
    return default_store(Connection(bootstrap_servers=servers, topic_prefix=prefix), {"XDG_STATE_HOME": "/state"})


def test_a_store_is_named_after_cluster_and_prefix() -> None:
    assert place("127.0.0.1:9092") == Path("/state/segue/127.0.0.1-9092.sqlite")
    assert place("kafka:1", "shop") == Path("/state/segue/kafka-1-shop.sqlite")


def test_the_order_of_brokers_does_not_matter() -> None:
    assert place("b:1,a:1") == place("a:1, b:1")


def test_other_clusters_have_other_stores() -> None:
    names = ["a:1", "a:11", "[::1]:9092", "[::2]:9092", "a:1,b:1", ",".join(f"kafka-{at}:9092" for at in range(40))]
    places = [place(name, prefix) for name in names for prefix in ("", "x", "x.y", "x_y", "x-y")]
    assert len(set(places)) == len(places)
    assert max(len(each.name) for each in places) < 120


def test_without_a_state_directory_it_is_in_the_home_directory() -> None:
    for environment in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert default_store(Connection(), environment).parent == Path.home() / ".local" / "state" / "segue"
