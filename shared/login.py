"""Who one is on the log, and how: the arguments of every client, in one place.

None is a log without access control: the embedded stack of the demo and the tests. Nothing but the
standard library, because `ops` runs in an image without the services' packages.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRAM = "SCRAM-SHA-512"
PROTOCOL = "SASL_PLAINTEXT"  # within one machine; across machines it needs TLS (docs/decisions)


class LoginError(Exception):
    """A user without a password, or the other way round; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Login:
    """`mechanism` is SCRAM for everyone but the broker and `provision`, who use PLAIN: SCRAM's
    users are kept by the very broker that has to start first.
    """

    user: str
    password: str = field(repr=False)
    mechanism: str = SCRAM


def read_login(
    user: str | None, password_file: Path | None, mechanism: str = SCRAM
) -> Login | None:
    """None where neither is given. A trailing end of line is no part of a password."""
    if not user and password_file is None:
        return None
    if not user or password_file is None:
        missing = "the file of its password" if user else "the user whose password that is"
        raise LoginError(f"a login on Kafka needs both; {missing} is missing")
    return Login(user, read_password(password_file), mechanism)


def read_password(path: Path) -> str:
    """Raises `LoginError` with what can be done about it."""
    try:
        text = path.read_text().rstrip("\r\n")
    except OSError as error:
        raise LoginError(f"the password in {path} cannot be read: {error.strerror}") from None
    if not text:
        raise LoginError(f"{path} is empty: it should hold a password")
    return text


def aiokafka_options(login: Login | None) -> dict[str, Any]:
    """For aiokafka's consumer, producer and admin client."""
    if login is None:
        return {}
    return {
        "security_protocol": PROTOCOL,
        "sasl_mechanism": login.mechanism,
        "sasl_plain_username": login.user,
        "sasl_plain_password": login.password,
    }


def librdkafka_options(login: Login | None) -> dict[str, Any]:
    """For confluent-kafka's clients."""
    if login is None:
        return {}
    return {
        "security.protocol": PROTOCOL,
        "sasl.mechanism": login.mechanism,
        "sasl.username": login.user,
        "sasl.password": login.password,
    }
