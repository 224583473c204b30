"""The prefix of a deployment's names on a shared cluster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.setting import SettingError
from stream.kafka.connection import Connection
from stream.kafka.namespace import PREFIX_CHARS_MAX, Namespace
from stream.kafka.topic_faults import all_topics
from stream.runtime.options import EngineOptions

TOPIC_CHARS_MAX = 249  # org.apache.kafka.common.internals.Topic


@given(st.text(), st.text())
def test_a_qualified_name_has_the_prefix_and_localizes_to_itself(prefix: str, name: str) -> None:
    namespace = Namespace(prefix)
    assert namespace.qualify(name).startswith(prefix)
    assert namespace.localize(namespace.qualify(name)) == name


@pytest.mark.parametrize("prefix", ["", "eu.", "team_a-", "x" * PREFIX_CHARS_MAX])
def test_a_legal_prefix_is_accepted(prefix: str) -> None:
    assert Connection(topic_prefix=prefix).namespace == Namespace(prefix)


@pytest.mark.parametrize("prefix", [" ", "a/b", "ü.", "a\n", "x" * (PREFIX_CHARS_MAX + 1)])
def test_an_illegal_prefix_is_refused_with_the_setting(prefix: str) -> None:
    with pytest.raises(SettingError, match=r"topic_prefix must be at most 100 letters.*\(SEGUE_TOPIC_PREFIX\)"):
        Connection(topic_prefix=prefix)


def test_the_longest_prefix_and_group_make_legal_topic_names() -> None:
    group = EngineOptions(group="g" * 100).group
    namespace = Namespace("x" * PREFIX_CHARS_MAX)
    assert max(len(namespace.qualify(topic.name)) for topic in all_topics(group)) <= TOPIC_CHARS_MAX
