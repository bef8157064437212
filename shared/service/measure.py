"""Counts and times each HTTP request, by the route as it is declared: never by its path."""

from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import Metrics, table

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NO_ROUTE = "none"  # of a path that is no route here, or a request that was refused before one


class MeasureRequests:
    """The outermost layer, so that it sees what every other one answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of whoever never begins an answer

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = monotonic()
        try:
            await self._app(scope, receive, note)
        finally:
            seconds = monotonic() - began
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            add, observe = self._metrics.add, self._metrics.observe
            add(table.HTTP_REQUESTS, method=method, route=route, status=str(status))
            observe(table.HTTP_SECONDS, seconds, method=method, route=route)
