"""Counseling's settings, from the environment: `COUNSELING_…`."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Addresses, names and limits only: how a year runs is the cohort policy's to say."""

    model_config = SettingsConfigDict(env_prefix="COUNSELING_")
