"""A service's routes behind its door: the same for a process, for a test, and for /docs."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from shared.metrics import Metrics
from shared.service.access_log import access_log_routes
from shared.service.guard import OPEN_PATHS, Guard, Limits
from shared.service.limits import Buckets, LimitBody
from shared.service.measure import MeasureRequests
from shared.service.problems import PROBLEMS, map_errors
from shared.service.rules import gate, rule_of
from shared.service.tokens import Tokens
from shared.service.watch import metrics_routes
from shared.settings import ServiceSettings

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the programme's issuer. `x-roles` says who may; a role that is for "
    "what is its own only finds nothing else (404).",
}


def build_application(
    title: str,
    routers: Iterable[APIRouter],
    *,
    metrics: Metrics,
    tokens: Tokens | None,
    limits: Limits | None,
    body_bytes_max: int,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """`tokens` is None where AUTH is off, `limits` where nobody is counted. Raises `RuntimeError`
    for a route that the gate would not stand before.
    """
    app = FastAPI(title=title, lifespan=lifespan, responses=PROBLEMS, dependencies=[Depends(gate)])
    for router in (*routers, access_log_routes(), metrics_routes()):
        app.include_router(router)
    _refuse_side_doors(app)
    app.add_middleware(LimitBody, bytes_max=body_bytes_max)
    app.add_middleware(Guard, tokens=tokens, limits=limits)
    app.add_middleware(MeasureRequests, metrics=metrics)
    app.state.auth = tokens.describe if tokens else (lambda: "off")
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    map_errors(app)
    return app


def limits_of(settings: ServiceSettings) -> Limits:
    keys_max, per_second = settings.rate_keys_max, settings.rate_address_per_second
    return Limits(
        callers=Buckets(settings.rate_per_second, settings.rate_burst, keys_max),
        addresses=Buckets(per_second, int(2 * per_second), keys_max),
    )


def routes_of(app: FastAPI) -> list[Any]:
    """Every route, those of included routers, too."""
    return [context.original_route for context in iter_route_contexts(app.routes)]


def _refuse_side_doors(app: FastAPI) -> None:
    """What is no API route runs no dependency, so no gate either: only the documents may be so."""
    for route in routes_of(app):
        if not isinstance(route, APIRoute) and route.path not in OPEN_PATHS:
            raise RuntimeError(f"{route.path} is no API route, so nothing checks who may use it")


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schema.setdefault("components", {})["securitySchemes"] = {"bearer": BEARER}
        for route in routes_of(app):
            rule = rule_of(route)
            if rule is None or rule.is_open:
                continue
            for method in route.methods:
                operation = schema["paths"][route.path_format][method.lower()]
                operation["security"] = [{"bearer": []}]
                operation["x-roles"] = rule.named
        app.openapi_schema = schema
    return app.openapi_schema
