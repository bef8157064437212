"""Who may do what: one rule beside each route, and nothing without one.

A rule names roles. Some have a route for what is theirs only: an applicant for herself, a host for
its company, a counselor for her cases. What is not hers is answered as if it were not there (404
`not-found`, in the words for an id that does not exist): a 403 would tell that it does.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute

from shared.errors import NotFound, Rejected
from shared.mongo import Aggregate, Work
from shared.service.tokens import ROLES, Caller, Role

Handle = Callable[[Work], Awaitable[Any]]

CLAIMS: Mapping[str, str] = {
    "applicant": "person_id",
    "host": "org_id",
    "counselor": "counselor_id",
}
"""Whose things are hers by which claim of her token; states have the same field."""


class NotYours(Rejected):
    """Somebody registers as who is registered: that one has a token of hers by now."""

    code = "not-yours"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "who is registered here already is named by a token of hers, or by an officer: ask the "
            "office to link your account"
        )


@dataclass(frozen=True)
class Own:
    """Where a request names what must be the caller's: see the five functions below."""

    where: Literal["path", "body", "state", "reply", "list"]
    name: str
    kind: Aggregate[Any] | None = None

    @property
    def among(self) -> str:
        return self.kind.name if self.kind else "people"


def own_path(name: str, kind: Aggregate[Any]) -> Own:
    """The id in the path is her own."""
    return Own("path", name, kind)


def own_body(name: str, kind: Aggregate[Any]) -> Own:
    """The id in the body is her own."""
    return Own("body", name, kind)


def own_state(kind: Aggregate[Any], name: str) -> Own:
    """The path names something whose state says whose it is."""
    return Own("state", name, kind)


def own_reply(kind: Aggregate[Any], name: str) -> Own:
    """What is registered is her, or, where her token names nobody yet, somebody new."""
    return Own("reply", name, kind)


def own_list(kind: Aggregate[Any], name: str) -> Own:
    """Of a list, which the path names, only hers: the route hands `query.only` to its handler."""
    return Own("list", name, kind)


@dataclass(frozen=True, eq=False)
class Rule:
    """Stands among a route's dependencies; `gate` goes by it. `roles` may do it for anyone,
    those in `owners` for what is theirs. `is_open`: without a token.
    """

    roles: frozenset[str] = frozenset()
    owners: Mapping[str, Own] = field(default_factory=dict)
    is_open: bool = False

    async def __call__(self) -> None:
        """FastAPI calls its dependencies, those that are not `async` in a thread each time. The
        work is `gate`'s, before this.
        """

    @property
    def named(self) -> list[str]:
        return sorted(self.roles | self.owners.keys())


def allowed(*roles: Role, **owners: Own) -> Dependency:
    """`dependencies=[allowed("officer", applicant=own_path("person_id", PEOPLE))]`."""
    unknown = owners.keys() - CLAIMS.keys()
    if unknown:
        raise ValueError(f"nothing is owned by {unknown}")
    return cast("Dependency", Depends(Rule(frozenset(roles), owners)))


def everyone() -> Dependency:
    """Whoever has a token, in whatever role: what the city publishes anyway."""
    return allowed(*ROLES)


OPEN: Dependency = Depends(Rule(is_open=True))
"""Without a token: health, and nothing that says anything of anyone."""


def rule_of(route: Any) -> Rule | None:
    """The one rule that stands at a route; None, and so nobody may, where there is not one."""
    if not isinstance(route, APIRoute):
        return None
    rules = [d.dependency for d in route.dependencies if isinstance(d.dependency, Rule)]
    return rules[0] if len(rules) == 1 else None


async def gate(request: Request) -> None:
    """Before every route of an application: no rule, no entry. Raises `Rejected`."""
    rule = rule_of(request.scope["route"])
    if rule is None:
        raise Rejected(
            "this route has no rule that says who may use it, so nobody may: it is a fault of ours",
            code="route-without-rule",
            status=403,
        )
    if rule.is_open:
        return
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Rejected("nobody has checked who asks", code="token-required", status=401)
    may_for_anyone = not caller.is_known or bool(caller.roles & rule.roles)
    request.state.owns = () if may_for_anyone else _owns(rule, caller)
    if not may_for_anyone and not request.state.owns:
        raise Rejected(
            f"this is for {', '.join(rule.named)}: your token has none of these roles",
            code="role-required",
            status=403,
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who, from where, to do what; `owns` is what of it must be hers, by role."""

    caller: Caller
    address: str
    action: str
    path: Mapping[str, str]
    owns: tuple[tuple[str, Own], ...]
    body: bytes

    def guarded(self, handle: Handle) -> Handle:
        """The same handler, which finds nothing that is not the caller's. In one transaction, so
        that what is checked is what is answered.
        """
        if not self.owns:
            return handle

        async def run(work: Work) -> Any:
            for role, own in self.owns:
                if await self._is_hers(CLAIMS[role], own, work):
                    break
            else:
                raise self._not_found()
            reply = await handle(work)
            if own.where == "reply" and not self._is_her_reply(CLAIMS[role], own, reply, work):
                raise NotYours
            return reply

        return run

    @property
    def only(self) -> dict[str, str]:
        """What the items of a list must have, where only the caller's are hers to see."""
        listed = (role for role, own in self.owns if own.where == "list")
        claims = (CLAIMS[role] for role in listed)
        hers = {claim: getattr(self.caller, claim) for claim in claims}
        return dict(list({c: value for c, value in hers.items() if value}.items())[:1])

    async def _is_hers(self, claim: str, own: Own, work: Work) -> bool:
        hers = getattr(self.caller, claim)
        if own.where == "reply":
            return True  # known afterwards only
        if not hers or own.where == "list":
            return bool(hers)
        if own.where == "state":
            assert own.kind is not None  # noqa: S101  # by own_state
            state = await work.load(own.kind, self.path[own.name])
            return state is not None and getattr(state, claim) == hers
        named = self.path if own.where == "path" else json.loads(self.body)
        return bool(named.get(own.name) == hers)

    def _is_her_reply(self, claim: str, own: Own, reply: Mapping[str, Any], work: Work) -> bool:
        hers, key = getattr(self.caller, claim), reply[own.name]
        assert own.kind is not None  # noqa: S101  # by own_reply
        return bool(hers == key if hers else work.is_new(own.kind, key))

    def _not_found(self) -> NotFound:
        """In the words of `Work.require`, so that nobody can tell the two apart."""
        own = self.owns[0][1]
        key = json.loads(self.body).get(own.name) if own.where == "body" else self.path[own.name]
        return NotFound(f"there is no {key} among the {own.among} here: check the id")


def visit_of(request: Request, body: bytes = b"") -> Visit:
    return Visit(
        caller=request.state.caller,
        address=request.client.host if request.client else "",
        action=f"{request.method} {request.scope['route'].path}",
        path=dict(request.path_params),
        owns=request.state.owns,
        body=body,
    )


def _owns(rule: Rule, caller: Caller) -> tuple[tuple[str, Own], ...]:
    return tuple((role, rule.owners[role]) for role in rule.owners if role in caller.roles)
