"""The settings of each application: flags of its verb, `SEGUE_` variables and lines of TOML."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.setting import check_settings, setting


@dataclass(frozen=True, slots=True)
class MarketingSettings:
    """Campaigns and their limits. Raises SettingError when a value is out of bounds."""

    marketing_campaigns: str = setting("", "TOML file of campaigns; empty: one for each segment.")
    marketing_encoder: str = setting("default", "Encoder of the campaigns' texts: that of the workers.")
    marketing_consent: str = setting("", "Declared trait of users who consent, `trait=value`; empty: everybody.")
    marketing_min_audience: int = setting(20, "Fewest users that a campaign goes to.", ge=1)
    marketing_budget: int = setting(100, "Most users of a campaign that is made for a segment.", ge=1)
    marketing_cap: int = setting(2, "Most campaigns for one user in SEGUE_MARKETING_CAP_MS.", ge=1)
    marketing_cap_ms: int = setting(30 * 86_400_000, "Time in which SEGUE_MARKETING_CAP counts, ms.", gt=0)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, slots=True)
class RecommendationSettings:
    """Recommended items. Raises SettingError when a value is out of bounds."""

    recommendation_items: int = setting(10, "Items in a recommendation.", ge=1, le=1_000)
    recommendation_kind: str = setting("purchase", "Kind of the events that are purchases.")
    recommendation_horizon_ms: int = setting(30 * 86_400_000, "Time that a recommendation is about, ms.", gt=0)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, slots=True)
class RelationshipSettings:
    """Churn and value. Raises SettingError when a value is out of bounds."""

    relationship_silent_ms: int = setting(56 * 86_400_000, "Time without a purchase that is churn, ms.", ge=1_000)
    relationship_value_ms: int = setting(91 * 86_400_000, "Time in which spend is value, ms.", gt=0)
    relationship_kind: str = setting("purchase", "Kind of the events that are purchases.")
    relationship_alert_lift: float = setting(
        1.0, "Churn chance of a user of high value that is an alert, in shares of all users who churn.", gt=0
    )

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Alerts. Raises SettingError when a value is out of bounds."""

    risk_false_alarms: float = setting(1.0, "False alarms a day for every 1,000 users that are accepted.", gt=0)

    def __post_init__(self) -> None:
        check_settings(self)


APP_GROUPS = (MarketingSettings, RecommendationSettings, RelationshipSettings, RiskSettings)
