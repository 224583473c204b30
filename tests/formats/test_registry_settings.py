"""Settings of the registry that contradict each other are refused before anything connects."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.core.setting import SettingError
from stream.formats.registry_settings import Registry

HTTPS = "https://registry:8081"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"registry_url": "registry:8081"}, "registry_url must be http:// or https:// with a host"),
        ({"registry_url": "https://"}, "registry_url must be"),
        ({"registry_url": f"{HTTPS},nowhere"}, "registry_url must be"),
        ({"registry_url": "https://segue:secret@registry"}, "must not hold a password"),
        ({"registry_url": HTTPS, "registry_username": "segue"}, "go together"),
        ({"registry_url": HTTPS, "registry_password": "secret"}, "go together"),
        (
            {"registry_url": HTTPS, "registry_username": "a", "registry_password": "b", "registry_token": "c"},
            "either a user and a password or a token",
        ),
        ({"registry_url": "http://registry", "registry_token": "t"}, "SEGUE_REGISTRY_ALLOW_HTTP=true"),
        ({"registry_url": "http://registry", "registry_cafile": "ca.pem"}, "reached by http: use https"),
        ({"registry_url": HTTPS, "registry_cafile": "no/such.pem"}, "give a PEM file of certificates"),
        ({"registry_url": HTTPS, "registry_columns": "customer"}, "SEGUE_REGISTRY_COLUMNS"),
        ({"registry_columns": "user_id=customer"}, "registry_columns is set but there is no registry"),
        ({"registry_token": "t"}, "registry_token is set but there is no registry"),
        ({"registry_cafile": "ca.pem"}, "SEGUE_REGISTRY_URL"),
    ],
)
def test_a_contradiction_is_refused_with_its_variable(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence) as caught:
        Registry(**settings)  # type: ignore[arg-type]
    assert "SEGUE_REGISTRY_" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(SettingError, match="SEGUE_REGISTRY_CAFILE"):
        Registry(HTTPS, registry_cafile=str(tmp_path / "ca.pem"))


def test_good_settings_are_accepted() -> None:
    assert Registry().registry_url == ""
    assert Registry("http://a:8081,http://b:8081/path").registry_url.endswith("/path")
    assert Registry("http://a", "segue", "secret", registry_allow_http=True).registry_username == "segue"
