"""Every route of every service behind its door: who is let through, and who is not, and why."""

from collections.abc import Iterator
from dataclasses import fields
from inspect import iscoroutinefunction

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from joserfc import jwt
from joserfc.jwk import OctKey

from ops.tokens import AUDIENCE, Actor
from shared.metrics import Metrics
from shared.service.application import build_application, routes_of
from shared.service.guard import OPEN_PATHS
from shared.service.rules import CLAIMS, OPEN, Rule, rule_of
from shared.service.tokens import ROLES
from shared.testing import Bench
from tests.contracts.test_bad_input import IDS, SERVICES, bench_of
from tests.door import ISSUER, STRANGER, bearer, of, refused, tokens

DOCUMENTS = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
GATE_CODES = {"token-required", "role-required", "route-without-rule"}
EVERYTHING = of(*ROLES, person_id="per_1", org_id="org_1", counselor_id="cns_1")


def app_of(service: str) -> FastAPI:
    """As the bench serves it: the service's own routes, the operator's and the access log."""
    bench, router = bench_of(service)
    transport = bench.app(router, tokens())._transport
    assert isinstance(transport, httpx.ASGITransport)
    app = transport.app
    assert isinstance(app, FastAPI)
    return app


APPS = {service: app_of(service) for service in SERVICES}


def guarded() -> Iterator[tuple[str, str, str, Rule]]:
    for service, app in APPS.items():
        for route in routes_of(app):
            rule = rule_of(route)
            if rule and not rule.is_open:
                for method in route.methods:
                    yield service, method, route.path, rule


GUARDED = sorted(guarded(), key=lambda one: one[:3])
ROUTES = pytest.mark.parametrize(
    ("service", "method", "path", "rule"), GUARDED, ids=[f"{s} {m} {p}" for s, m, p, _ in GUARDED]
)


async def ask(service: str, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """With a body that is none: what is let through is told so, and nothing is done."""
    url = path.replace(":path", "").format(**IDS, parked_id="inbox")
    transport = httpx.ASGITransport(app=APPS[service])
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        if method == "GET":
            return await client.get(url, headers=headers)
        return await client.post(url, json={}, headers={**headers, "Idempotency-Key": "k"})


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_has_one_rule_and_nothing_stands_beside_the_gate(service: str) -> None:
    routes = routes_of(APPS[service])
    api = [route for route in routes if isinstance(route, APIRoute)]
    open_ = {route.path for route in api if (rule := rule_of(route)) and rule.is_open}

    assert [route.path for route in api if rule_of(route) is None] == []
    assert {route.path for route in routes if not isinstance(route, APIRoute)} <= DOCUMENTS
    assert open_ | DOCUMENTS == OPEN_PATHS


def test_every_service_has_routes_behind_the_gate() -> None:
    assert {service for service, *_ in GUARDED} == set(SERVICES)
    assert len(GUARDED) >= 80


def in_threads(app: FastAPI) -> list[str]:
    """Routes with something that FastAPI hands to a thread, and its name."""

    def calls(one: Dependant) -> Iterator[object]:
        yield one.call
        for part in one.dependencies:
            yield from calls(part)

    routes = (route for route in routes_of(app) if isinstance(route, APIRoute))
    return [
        f"{route.path}: {getattr(call, '__name__', type(call).__name__)}"
        for route in routes
        for call in calls(route.dependant)
        if not (iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__))
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_waits_for_a_thread(service: str) -> None:
    assert in_threads(APPS[service]) == []


def test_a_dependency_that_is_not_async_is_found() -> None:
    router = APIRouter()

    @router.get("/slow", dependencies=[OPEN, Depends(lambda: None)])
    async def slow() -> None:
        return None

    app = build_application(
        "toy", (router,), metrics=Metrics("toy"), tokens=None, limits=None, body_bytes_max=1
    )

    assert in_threads(app) == ["/slow: <lambda>"]


@ROUTES
async def test_who_does_not_say_who_she_is_is_refused(
    service: str, method: str, path: str, rule: Rule
) -> None:
    anyone = Actor(subject="o-1", roles=ROLES)
    nothing = await ask(service, method, path, {})
    elsewhere = await ask(service, method, path, bearer(anyone, audience="another-programme"))
    late = await ask(service, method, path, bearer(anyone, seconds=-3600))
    strange = await ask(service, method, path, bearer(anyone, STRANGER))

    assert refused(nothing) == (401, "token-required")
    assert nothing.headers["www-authenticate"] == 'Bearer realm="womanup"'
    assert refused(elsewhere) == (401, "token-not-for-this-service")
    assert refused(late) == (401, "token-expired")
    assert refused(strange) == (401, "token-invalid")
    for answer in (elsewhere, late, strange):
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@ROUTES
async def test_who_has_no_role_for_it_is_refused(
    service: str, method: str, path: str, rule: Rule
) -> None:
    others = [role for role in ROLES if role not in rule.named]
    answers = [await ask(service, method, path, of(*roles)) for roles in (others, ())]

    wanted = (403, "role-required") if others else None
    assert wanted is None or refused(answers[0]) == wanted
    assert refused(answers[1]) == (403, "role-required")


@ROUTES
async def test_who_has_a_role_for_it_is_let_through(
    service: str, method: str, path: str, rule: Rule
) -> None:
    hers = {"person_id": "per_1", "org_id": "org_1", "counselor_id": "cns_1"}
    for role in rule.named:
        answer = await ask(service, method, path, of(role, **hers))
        code = "" if answer.is_success else answer.json()["code"]

        assert code not in GATE_CODES, (role, answer.text)


@ROUTES
def test_what_is_owned_says_whose_it_is(service: str, method: str, path: str, rule: Rule) -> None:
    """Else nobody would find her own, or everybody would."""
    for role, own in rule.owners.items():
        if own.where in {"path", "state"}:
            assert "{" + own.name + "}" in path
        if own.where == "state":
            assert own.kind is not None
            state = own.kind.state
            assert CLAIMS[role] in {*dir(state), *(field.name for field in fields(state))}
        assert own.where != "path" or own.name == CLAIMS[role]


async def test_a_forged_token_is_refused() -> None:
    """Unsigned, or signed with what everybody knows: the issuer's public key as a shared secret."""
    claims = {"iss": ISSUER.name, "aud": AUDIENCE, "exp": 4_102_444_800, "sub": "x"}
    everything = {**claims, "roles": list(ROLES)}
    shared = OctKey.import_key(str(ISSUER.jwks()))
    kid = ISSUER.jwks()["keys"][0]["kid"]
    forged = jwt.encode({"alg": "HS256", "kid": kid}, everything, shared, algorithms=["HS256"])
    head, body, _ = ISSUER.token(Actor(subject="o-1", roles=("auditor",))).split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    _, more, _ = STRANGER.token(Actor(subject="o-1", roles=ROLES)).split(".")
    signature = ISSUER.token(Actor(subject="o-1", roles=("auditor",))).split(".")[2]
    for token in (forged, unsigned, f"{head}.{more}.{signature}", "a.b.c", "x" * 9000, "é"):
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = await ask("payroll", "GET", "/digest", headers)  # type: ignore[arg-type]

        assert refused(answer) == (401, "token-invalid")


async def test_two_tokens_are_none() -> None:
    two = [("Authorization", v["Authorization"]) for v in (of("operator"), of("auditor"))]
    transport = httpx.ASGITransport(app=APPS["payroll"])
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/digest", headers=two)

    assert refused(answer) == (401, "token-required")


async def test_health_and_documents_need_no_token() -> None:
    for path in ("/health/live", "/docs", "/openapi.json"):
        assert (await ask("intake", "GET", path, {})).status_code == 200


def test_the_documents_say_who_may() -> None:
    schema = APPS["payroll"].openapi()
    file = schema["paths"]["/payment-files/{file_id}"]["get"]

    assert (file["security"], file["x-roles"]) == ([{"bearer": []}], ["bank"])
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "security" not in schema["paths"]["/health/live"]["get"]


async def test_a_planted_route_without_a_rule_lets_nobody_through() -> None:
    router = APIRouter()

    @router.get("/planted")
    async def planted() -> dict[str, str]:
        return {"secret": "told"}

    @router.get("/twice", dependencies=[OPEN, OPEN])
    async def twice() -> dict[str, str]:
        return {"secret": "told"}

    bench = Bench("toy", (), (), ())
    for given in (tokens(), None):
        async with bench.app(router, given) as client:
            for path in ("/planted", "/twice"):
                answer = await client.get(path, headers=EVERYTHING)

                assert refused(answer) == (403, "route-without-rule")


def test_a_planted_side_door_is_found_at_the_start() -> None:
    router = APIRouter()
    router.add_route("/side-door", lambda _: JSONResponse({}))

    with pytest.raises(RuntimeError, match="/side-door is no API route"):
        build_application(
            "toy",
            (router,),
            metrics=Metrics("toy"),
            tokens=None,
            limits=None,
            body_bytes_max=1,
        )
