"""Users and rights as the broker keeps them. Only what differs is changed, and it is said."""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

# Its types hide what its documentation shows.
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from ops.access.rights import Right
from shared.login import Login, aiokafka_options

SCRAM_ITERATIONS = 8192
SALT_BYTES = 32
PREFIX = "User:"
ALLOW = AclPermissionType.ALLOW


async def known_users(admin: AdminClient) -> set[str]:
    asked: Any = admin.describe_user_scram_credentials()  # of all: one future
    described = await asyncio.wrap_future(asked)
    return {user for user, found in described.items() if found.scram_credential_infos}


async def set_password(admin: AdminClient, user: str, password: str) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    salt = os.urandom(SALT_BYTES)
    change = UserScramCredentialUpsertion(user, info, password.encode(), salt)
    await asyncio.wrap_future(admin.alter_user_scram_credentials([change])[user])


async def remove_user(admin: AdminClient, user: str) -> None:
    change = UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)
    await asyncio.wrap_future(admin.alter_user_scram_credentials([change])[user])


async def provision_users(admin: AdminClient, clients: str, wanted: Iterable[Login]) -> list[str]:
    """Makes users, and changes passwords that are no longer theirs. Kafka tells nobody a password,
    so each is tried at `clients`, the listener that takes them.
    """
    known = await known_users(admin)
    logins = list(wanted)
    tried = [login for login in logins if login.user in known]
    right = {
        login.user
        for login, opens in zip(
            tried, await asyncio.gather(*(opens(clients, one) for one in tried)), strict=True
        )
        if opens
    }
    changes = []
    for login in logins:
        if login.user not in right:
            await set_password(admin, login.user, login.password)
            what = "password changed" if login.user in known else "made"
            changes.append(f"Kafka user {login.user} {what}")
    return changes


async def rights_of(admin: AdminClient, is_ours: Callable[[str], bool]) -> set[Right]:
    """All that users have whose name is ours."""
    anything: Any = None  # its types want words where it takes any
    kind, pattern = ResourceType.ANY, ResourcePatternType.ANY
    everything = AclBindingFilter(
        kind, anything, pattern, anything, anything, AclOperation.ANY, ALLOW
    )
    bindings = await asyncio.wrap_future(admin.describe_acls(everything))
    found = (_right(binding) for binding in bindings)
    return {right for right in found if is_ours(right.user)}


async def change_rights(
    admin: AdminClient, present: Collection[Right], wanted: Collection[Right]
) -> list[str]:
    """Grants what is missing and takes away what is too much."""
    missing, extra = sorted({*wanted} - {*present}), sorted({*present} - {*wanted})
    if missing:
        created = admin.create_acls([_binding(right) for right in missing])
        await asyncio.gather(*map(asyncio.wrap_future, created.values()))
    if extra:
        deleted = admin.delete_acls([_filter(right) for right in extra])
        await asyncio.gather(*map(asyncio.wrap_future, deleted.values()))
    return [*(str(right) for right in missing), *(f"no longer: {right}" for right in extra)]


async def opens(kafka: str, login: Login | None) -> bool:
    """Whether that login is let in there; None is one that does not say who it is."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka, **aiokafka_options(login))
    try:
        await client.start()
    except KafkaConnectionError:
        return False
    finally:
        await client.close()
    return True


def _binding(right: Right) -> AclBinding:
    return AclBinding(*_terms(right))


def _filter(right: Right) -> AclBindingFilter:
    return AclBindingFilter(*_terms(right))


def _terms(right: Right) -> tuple[Any, ...]:
    pattern = ResourcePatternType.PREFIXED if right.is_prefix else ResourcePatternType.LITERAL
    place = ResourceType[right.kind], right.name, pattern
    return *place, f"{PREFIX}{right.user}", "*", AclOperation[right.operation], ALLOW


def _right(binding: Any) -> Right:
    """Of a kind that we never grant, too: it is shown, and taken away from a user of ours."""
    return Right(
        binding.principal.removeprefix(PREFIX),
        binding.restype.name,
        binding.name,
        binding.operation.name,
        binding.resource_pattern_type == ResourcePatternType.PREFIXED,
    )
