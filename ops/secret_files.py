"""The secrets of a compose stack: made once on its machine, handed to each part by itself.

`python -m ops.secret_files` (`make secrets`) makes what is missing in `secrets/`, and nothing anew.
`python -m ops handout` runs in a container of its own before all others: it makes what is missing
still, for whoever owns the clone, and copies to each part's volume what that part may see, readable
by the user that the part runs as. Where they lie on the machine only their owner may read them.

It needs nothing but Python, so that `make secrets` works before there is a `.venv`; the operator's
own issuer, whose keys need more, is `handout`'s to make.
"""

import base64
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "secrets"
SERVICES = ("intake", "placement", "payroll", "counseling")
ADMIN, CLOCK, OPERATOR = "admin", "clock", "operator"
USERS = (ADMIN, *SERVICES, CLOCK, OPERATOR)
"""On Kafka; other systems get theirs by `python -m ops grant`."""

MONGO_ROOT, MONGO_KEY = "mongo-root", "mongo-key"
ISSUER_KEY, ISSUER_JWKS = "issuer-key", "issuer-jwks"
"""Of the operator's own issuer: who may read the first signs tokens for HTTP."""

BANK_TOKEN = "bank-token"  # noqa: S105  # a file's name; signed by that issuer, for the bank's part

OWNER_MARK = Path("/clone")  # a file of the clone, as `handout` sees it: its owner is the secrets'
SECRET_BYTES = 32
KEY_BYTES = 96  # of the key by which members of a replica set know each other
OURS, KAFKA_USER, MONGO_USER = 10001, 1000, 999  # as the images run


class SecretError(Exception):
    """A secret is missing, or is not the one that it must be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a part may see, and the user that it runs as."""

    user: int
    names: tuple[str, ...]


def kafka_secret(user: str) -> str:
    return f"kafka-{user}"


def mongo_secret(service: str) -> str:
    return f"mongo-{service}"


def vault_secret(service: str) -> str:
    """Seals personal data. It lives and goes with that data."""
    return f"vault-{service}"


def names() -> tuple[str, ...]:
    return (
        *map(kafka_secret, USERS),
        MONGO_KEY,
        MONGO_ROOT,
        *map(mongo_secret, SERVICES),
        *map(vault_secret, SERVICES),
    )


def shares() -> dict[str, Share]:
    """Part → what it may see. Nobody but `provision` sees the password of another."""
    of_services = {
        name: Share(OURS, (kafka_secret(name), mongo_secret(name), vault_secret(name), ISSUER_JWKS))
        for name in SERVICES
    }
    passwords = (*map(kafka_secret, USERS), MONGO_ROOT, *map(mongo_secret, SERVICES))
    return {
        "kafka": Share(KAFKA_USER, (kafka_secret(ADMIN),)),
        "mongo": Share(MONGO_USER, (MONGO_KEY, MONGO_ROOT)),
        "provision": Share(OURS, passwords),
        "clock": Share(OURS, (kafka_secret(CLOCK),)),
        "bank": Share(OURS, (BANK_TOKEN,)),
        **of_services,
    }


def make(folder: Path = FOLDER) -> list[str]:
    """Makes what is missing, for its owner's eyes only; returns the names. Never another in place
    of one: what it opens would stay shut.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for name in names():
        path = folder / name
        if path.is_dir():  # a mount of a file that was not there leaves one
            raise SecretError(f"{path} is a folder: remove it, then `make secrets`")
        if not path.exists():
            write(path, _random(name))
            made.append(name)
    return made


def write(path: Path, text: str, mode: int = 0o600, user: int | None = None) -> None:
    """Whole or not at all, and never for a moment readable by others."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if user is not None:
        os.chown(new, user, user)
    new.chmod(mode)
    new.replace(path)


def make_password(path: Path) -> bool:
    """A new one into that file, unless it is there: whether it was made."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write(path, secrets.token_urlsafe(SECRET_BYTES))
    return True


def hand_out(given: Path, volumes: Path, parts: Mapping[str, Share]) -> list[str]:
    """Copies; returns what it changed, a sentence each. A password may change; what sealed data
    may not: that data could not be opened again.
    """
    changes = []
    for part, share in parts.items():
        volume = volumes / part
        for name in share.names:
            text, path = _read(given / name), volume / name
            before = path.read_text() if path.exists() else None
            if before == text:
                continue
            if before is not None and name == vault_secret(part):
                raise SecretError(
                    f"{part}'s data was sealed with another secret than secrets/{name}: put that "
                    "file back; `make down ARGS=-v` throws the data away"
                )
            write(path, text, 0o400, share.user)
            changes.append(f"{name} {'handed' if before is None else 'handed anew'} to {part}")
        os.chown(volume, share.user, share.user)
        volume.chmod(0o500)
    return changes


def make_rest(folder: Path, volumes: Path, owner: tuple[int, int]) -> list[str]:
    """As `make`, and the issuer's keys; all of it is its owner's afterwards. Raises `SecretError`
    for a vault's secret that is missing and has sealed data: another would not open that.
    """
    for part in SERVICES:
        name = vault_secret(part)
        if (volumes / part / name).exists() and not (folder / name).exists():
            raise SecretError(
                f"secrets/{name} is missing, and {part}'s data was sealed with it: put it back; "
                "`make down ARGS=-v` throws the data away"
            )
    made = make(folder)
    if missing := [n for n in (ISSUER_KEY, ISSUER_JWKS, BANK_TOKEN) if not (folder / n).exists()]:
        from ops.issuer import local_files  # noqa: PLC0415  # `make` needs nothing but Python

        texts = local_files(folder / ISSUER_KEY)
        for name in texts if ISSUER_KEY in missing else missing:
            write(folder / name, texts[name])
            made.append(name)
    for path in (folder, *folder.iterdir()):
        os.chown(path, *owner)
    return made


def command() -> None:
    """Make what is missing in /secrets; copy each part's to its volume under /data/secrets."""
    given, volumes, clone = Path("/secrets"), Path("/data/secrets"), OWNER_MARK.stat()
    try:
        made = make_rest(given, volumes, (clone.st_uid, clone.st_gid))
        changes = [f"secrets/{name} made" for name in made]
        changes += hand_out(given, volumes, shares())
    except (SecretError, OSError) as error:
        print(error)
        sys.exit(1)
    print("\n".join(changes) or "nothing to change")


def main() -> int:
    try:
        made = make()
    except (SecretError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"secrets/{name} made" for name in made) or "secrets/: nothing is missing")
    return 0


def _read(path: Path) -> str:
    if not path.is_file():
        raise SecretError(f"there is no secrets/{path.name}: run `make secrets`, then up again")
    return path.read_text()


def _random(name: str) -> str:
    if name.startswith("vault-"):
        return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    if name == MONGO_KEY:
        return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return secrets.token_urlsafe(SECRET_BYTES)


if __name__ == "__main__":
    sys.exit(main())
