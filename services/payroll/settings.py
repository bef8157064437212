"""What payroll must be told by its environment: `PAYROLL_KAFKA`, `PAYROLL_MONGO` and the rest."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PAYROLL_")
