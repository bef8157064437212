"""Who an operator's command is on Kafka: the same two options for all of them."""

from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka.admin import AdminClient

from shared.login import SCRAM, Login, LoginError, librdkafka_options, read_login

UserOption = Annotated[
    str | None,
    typer.Option(
        "--kafka-user", envvar="WOMANUP_KAFKA_USER", help="Where Kafka has access control."
    ),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--kafka-password-file", envvar="WOMANUP_KAFKA_PASSWORD_FILE", help="Holds its password."
    ),
]


def asked_login(
    user: str | None, password_file: Path | None, mechanism: str = SCRAM
) -> Login | None:
    """What the options say. Raises what typer shows as bad usage."""
    try:
        return read_login(user, password_file, mechanism)
    except LoginError as error:
        raise typer.BadParameter(str(error)) from None


def admin_client(kafka: str, login: Login | None) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka, "log_level": 0, **librdkafka_options(login)})
