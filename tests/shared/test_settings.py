"""A missing setting is named; a secret that was set is not shown with it."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from shared.login import Login
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


def told(monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    whole = {"KAFKA": "k:1", "MONGO": "mongodb://m", "DATABASE": "d", "INSTANCE": "i-1"}
    for name, value in {**whole, "AUTH": "off", **more}.items():
        monkeypatch.setenv(f"TOY_{name}", value)
    return Settings()


def test_secrets_come_from_files_where_an_environment_should_not_hold_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("seal", "log", "store"):
        (tmp_path / name).write_text(f"{name}-secret\n")

    settings = told(
        monkeypatch,
        SECRET_FILE=str(tmp_path / "seal"),
        KAFKA_USER="toy",
        KAFKA_PASSWORD_FILE=str(tmp_path / "log"),
        MONGO_PASSWORD_FILE=str(tmp_path / "store"),
    )

    assert settings.vault_secret() == "seal-secret"
    assert settings.login() == Login("toy", "log-secret")
    assert settings.mongo_password() == "store-secret"
    assert "secret" not in repr(settings.login())


def test_without_access_control_only_the_secret_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = told(monkeypatch, SECRET="seal")

    assert (settings.login(), settings.mongo_password()) == (None, None)
    assert settings.vault_secret() == "seal"


@pytest.mark.parametrize("both", [{}, {"SECRET": "seal", "SECRET_FILE": "/run/seal"}])
def test_a_secret_is_named_once(monkeypatch: pytest.MonkeyPatch, both: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="set one of secret and secret_file"):
        told(monkeypatch, **both)


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
