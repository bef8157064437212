"""Who asks: the bearer token of a request, verified, as a `Caller`.

A token is a JWT of the one issuer that this service trusts, made out to this service's audience.
Only public-key signatures count: with a shared secret, whoever can check could sign as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
)

from shared.service.keys import Keys
from shared.settings import ServiceSettings

Role = Literal[
    "applicant",
    "host",
    "officer",
    "payroll",
    "approver",
    "counselor",
    "auditor",
    "operator",
    "bank",
]
ROLES: tuple[Role, ...] = get_args(Role)

ALGORITHMS = ("RS256", "PS256", "ES256")
TOKEN_LENGTH_MAX = 8192  # a token with a few claims has under 2,000 characters
SUBJECT_LENGTH_MAX = 200
LEEWAY_SECONDS = 30  # two machines' clocks


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token says it is: its subject, its roles, and what is hers.

    `is_known` is False for everyone while a service's AUTH is off: then nobody is asked who it is.
    """

    subject: str
    roles: frozenset[str]
    person_id: str = ""
    org_id: str = ""
    counselor_id: str = ""
    is_known: bool = True


NOBODY = Caller("nobody", frozenset(ROLES), is_known=False)


REFUSALS: Mapping[str, str] = {
    "token-required": "send `Authorization: Bearer …` with a token of this programme's issuer",
    "token-invalid": "this token is not signed by this programme's issuer: get a new one there",
    "token-expired": "this token has expired: get a new one from the issuer",
    "token-not-for-this-service": "its issuer, audience or times are not those that this service "
    "takes: ask the issuer for a token for this audience",
}


class TokenRefused(Exception):
    """It does not say who asks. `code` is stable, the message says how to mend it."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


class Tokens:
    """Verifies tokens of `issuer` for `audience`; `roles_claim` is where the roles stand, with
    dots where it is nested (`realm_access.roles`).
    """

    def __init__(self, issuer: str, audience: str, keys: Keys, roles_claim: str = "roles") -> None:
        self._keys = keys
        self._roles_claim = roles_claim
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def describe(self) -> str:
        """For /health/ready."""
        return "development" if self._keys.is_development else "required"

    async def caller(self, authorization: str) -> Caller:
        """Raises `TokenRefused`, and `KeysAwayError` where nothing can be verified."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenRefused("token-required")
        if len(token) > TOKEN_LENGTH_MAX:
            raise TokenRefused("token-invalid")
        try:
            claims = await self._verified(token.strip())
            self._claims.validate(claims)
        except ExpiredTokenError:
            raise TokenRefused("token-expired") from None
        except ClaimError:
            raise TokenRefused("token-not-for-this-service") from None
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise TokenRefused("token-invalid") from None
        return _caller(claims, self._roles_claim)

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            found = jwt.decode(token, await self._keys.current(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            found = jwt.decode(token, await self._keys.after_unknown(), algorithms=ALGORITHMS)
        return dict(found.claims)


def tokens_of(settings: ServiceSettings) -> Tokens | None:
    """None where AUTH is off."""
    if settings.auth == "off":
        return None
    keys = Keys(settings.auth_jwks)
    return Tokens(settings.auth_issuer, settings.auth_audience, keys, settings.auth_roles_claim)


def _caller(claims: Mapping[str, Any], roles_claim: str) -> Caller:
    if not 0 < len(claims["sub"]) <= SUBJECT_LENGTH_MAX:
        raise TokenRefused("token-not-for-this-service")
    roles: Any = claims
    for name in roles_claim.split("."):
        roles = roles.get(name) if isinstance(roles, Mapping) else None
    named = {role for role in roles if isinstance(role, str)} if isinstance(roles, list) else set()
    return Caller(
        subject=claims["sub"],
        roles=frozenset(named & set(ROLES)),
        person_id=_text(claims, "person_id"),
        org_id=_text(claims, "org_id"),
        counselor_id=_text(claims, "counselor_id"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return found if isinstance(found, str) else ""
