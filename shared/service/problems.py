"""What a client reads when something is wrong: one form, stable codes, and how to mend it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.errors import Rejected
from shared.mongo import Unavailable

NOT_AN_OBJECT = {"json_invalid", "model_attributes_type"}
BODY_WANTED = "send one JSON object in UTF-8 as the body, with content-type: application/json"

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, and nothing was stored: `code` is stable, `detail` says how to "
        "mend it (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "code", "detail"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                    },
                }
            }
        },
    }
}
"""What /docs says of refusals, in place of FastAPI's own shape, which nothing here answers."""


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """RFC 9457: `code` is stable and for programs, `detail` says how to mend it."""
    again = {"Retry-After": "1"} if code in {"not-yet-known", "unavailable"} else {}
    title = code.replace("-", " ")
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code}
    return JSONResponse(
        {**body, "detail": detail, **more},
        status_code=status,
        media_type="application/problem+json",
        headers={**again, **(headers or {})},
    )


def map_errors(app: FastAPI) -> None:
    """One table: what goes wrong → what the client reads. Values of the request stay out of it."""

    @app.exception_handler(Rejected)
    async def rejected(_: Request, error: Rejected) -> JSONResponse:
        return problem(error.status, error.code, str(error))

    @app.exception_handler(Unavailable)
    async def unavailable(_: Request, error: Unavailable) -> JSONResponse:
        return problem(503, "unavailable", str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(map(str, e["loc"])), "problem": _wording(e)} for e in error.errors()
        ]
        if any(e["loc"][0] == "body" and e["type"] in NOT_AN_OBJECT for e in error.errors()):
            return problem(400, "malformed-body", BODY_WANTED)
        named = "; ".join(f"{f['field']}: {f['problem']}" for f in fields[:5])
        return problem(422, "invalid-request", f"mend these fields: {named}", fields=fields)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        if (
            error.status_code == HTTPStatus.BAD_REQUEST
        ):  # FastAPI's word for bytes that no JSON parser takes
            return problem(400, "malformed-body", BODY_WANTED)
        code = {404: "no-such-route", 405: "method-not-allowed"}.get(error.status_code, "http")
        return problem(error.status_code, code, f"{error.detail}: see /docs for what there is")


def _wording(error: Any) -> str:
    """Pydantic's sentence without the value: a custom validator's own words may quote it."""
    return "is not valid" if error["type"] in {"value_error", "assertion_error"} else error["msg"]
