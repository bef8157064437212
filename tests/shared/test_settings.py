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
