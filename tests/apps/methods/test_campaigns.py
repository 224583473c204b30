"""Campaigns of a TOML file, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.methods.campaigns import Campaign, encoder_of, read_campaigns, segment_campaign
from stream.core.setting import SettingError
from tests.apps.described import described

BABY = """
[[campaign]]
id = "baby"
name = "Baby days"
texts = ["diapers"]
segments = ["s-0003"]
budget = 5
start = 2027-01-05T01:00:00+01:00
end = 2027-01-06T00:00:00
"""
JANUARY_5_MS = 1_799_107_200_000  # date -u -d 2027-01-05 +%s000


def file_of(folder: Path, text: str) -> Path:
    file = folder / "campaigns.toml"
    file.write_text(text)
    return file


def test_a_campaign_has_the_values_of_the_file(tmp_path: Path) -> None:
    campaigns = read_campaigns(file_of(tmp_path, BABY + '[[campaign]]\nid = "all"\n'))
    assert list(campaigns) == ["baby", "all"]
    baby = campaigns["baby"]
    assert (baby.name, baby.texts, baby.segments, baby.budget) == ("Baby days", ("diapers",), ("s-0003",), 5)
    assert baby.start_ms == JANUARY_5_MS


@pytest.mark.parametrize(
    ("after_ms", "is_open"), [(-1, False), (0, True), (86_399_999, True), (86_400_000, False)]
)  # fmt: skip
def test_a_campaign_is_open_from_its_start_to_before_its_end(tmp_path: Path, after_ms: int, is_open: bool) -> None:
    baby = read_campaigns(file_of(tmp_path, BABY))["baby"]
    assert baby.is_open(JANUARY_5_MS + after_ms) is is_open


def test_the_file_of_the_manual_can_be_used(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "applications.md").read_text()
    (text,) = [block for block in manual.split("```") if block.startswith("toml\n[[campaign]]")]
    (campaign,) = read_campaigns(file_of(tmp_path, text.removeprefix("toml"))).values()
    assert campaign.texts == ("baby food", "diapers")


def test_without_dates_a_campaign_is_always_open() -> None:
    assert Campaign(id="all").is_open(0)
    assert Campaign(id="all").is_open(4_000_000_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("campaign = 1", "array"),
        ('[[campaign]]\nname = "x"', "id"),
        ('[[campaign]]\nid = "a"\nbudgets = 1', "budgets"),
        ('[[campaign]]\nid = "a"\n[[campaign]]\nid = "a"', "an id of its own"),
        ('[[campaign]]\nid = "a-1"\n[[campaign]]\nid = "a 1"', "an id of its own"),
        ('[[campaign]]\nid = ""', "an id of its own"),
        ('[[campaign]]\nid = "a"\nbudget = 0', "budget >= 1"),
        ('[[campaign]]\nid = "a"\nstart = 2027-01-02T00:00:00Z\nend = 2027-01-01T00:00:00Z', "start before the end"),
        ("[[campaign", "TOML"),
    ],
)
def test_an_unusable_file_is_refused_with_the_reason(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        read_campaigns(file_of(tmp_path, text))
    assert "SEGUE_MARKETING_CAMPAIGNS" in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="No such file"):
        read_campaigns(tmp_path / "none.toml")


def test_only_campaigns_with_texts_need_an_encoder(tmp_path: Path) -> None:
    assert encoder_of([Campaign(id="all")], str(tmp_path)) is None
    with pytest.raises(SettingError, match="SEGUE_MARKETING_ENCODER"):
        encoder_of([Campaign(id="milk", texts=("milk",))], str(tmp_path))


def test_the_campaign_of_a_segment_is_for_its_users() -> None:
    made = segment_campaign(described("s-0007", "organic milk"), budget=9)
    assert (made.id, made.name, made.segments, made.budget) == ("s-0007", "organic milk", ("s-0007",), 9)
