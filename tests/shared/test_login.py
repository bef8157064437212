"""One place says how a client logs in; what is half given is said, what is secret is not shown."""

from pathlib import Path

import pytest

from shared.login import (
    Login,
    LoginError,
    aiokafka_options,
    librdkafka_options,
    read_login,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("river-stone\n")
    return path


def test_without_a_user_a_client_is_told_nothing() -> None:
    assert read_login("", None) is None
    assert aiokafka_options(None) == librdkafka_options(None) == {}


def test_both_clients_are_told_the_same(file: Path) -> None:
    login = read_login("payroll", file)

    assert list(aiokafka_options(login).values()) == list(librdkafka_options(login).values())
    assert aiokafka_options(login)["sasl_plain_password"] == "river-stone"
    assert aiokafka_options(login)["sasl_mechanism"] == "SCRAM-SHA-512"


def test_a_login_does_not_show_its_password() -> None:
    assert "river" not in repr(Login("payroll", "river-stone"))


def test_half_a_login_is_none(file: Path) -> None:
    with pytest.raises(LoginError, match="the file of its password is missing"):
        read_login("payroll", None)
    with pytest.raises(LoginError, match="the user whose password that is"):
        read_login("", file)


def test_a_password_that_cannot_be_read_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(LoginError, match=r"away cannot be read: No such file"):
        read_login("payroll", tmp_path / "away")
    with pytest.raises(LoginError, match="empty is empty"):
        read_login("payroll", tmp_path / "empty")
