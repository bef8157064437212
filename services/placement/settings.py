"""Placement's settings, from the environment: `PLACEMENT_…`."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Addresses, names and limits only: what a cohort's rules are is its policy's to say."""

    model_config = SettingsConfigDict(env_prefix="PLACEMENT_")
