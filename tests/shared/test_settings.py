"""A missing setting is named; a secret that was set is not shown with it."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TOY_")


def test_what_is_missing_is_named_and_the_secret_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOY_SECRET", "very-secret-indeed")

    with pytest.raises(ValidationError) as error:
        Settings()

    assert "instance" in str(error.value)
    assert "secret-indeed" not in str(error.value)


NEEDED = ("KAFKA", "MONGO", "DATABASE", "INSTANCE", "SECRET")


def test_without_an_issuer_a_service_starts_only_if_auth_is_off_in_so_many_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in NEEDED:
        monkeypatch.setenv(f"TOY_{name}", "x")
    with pytest.raises(ValidationError) as error:
        Settings()
    monkeypatch.setenv("TOY_AUTH_ISSUER", "https://sso.city.example")
    monkeypatch.setenv("TOY_AUTH_AUDIENCE", "womanup")
    with pytest.raises(ValidationError) as one_missing:
        Settings()
    monkeypatch.setenv("TOY_AUTH_JWKS", "https://sso.city.example/jwks")

    assert Settings().auth == "required"
    for name in ("TOY_AUTH_ISSUER", "TOY_AUTH_AUDIENCE", "TOY_AUTH_JWKS", "TOY_AUTH=off"):
        assert name in str(error.value)
    assert "TOY_AUTH_JWKS must" in str(one_missing.value)
    monkeypatch.setenv("TOY_AUTH", "off")
    monkeypatch.delenv("TOY_AUTH_ISSUER")
    assert Settings().auth == "off"
