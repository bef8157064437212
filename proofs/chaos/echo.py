"""A client that asks twice: each command that was answered goes once more to another instance."""

import base64
import json
from collections.abc import Mapping

import httpx

from proofs.invariants import Reply
from proofs.invariants.recorder import is_not_yet, kept_under

# Another may be dead, or frozen: what it then makes of the command is seen in the stores.
AGAIN_SECONDS = 3.0


class Echo(httpx.AsyncBaseTransport):
    """Around a play's own transport. `replies` holds every answer that counts, to the first and to
    the second asking.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._others: dict[str, tuple[str, str]] = {}
        self.replies: list[Reply] = []

    def know(self, instances: Mapping[str, tuple[str, ...]]) -> None:
        """Service → the addresses of its instances."""
        for service, urls in instances.items():
            for url, other in zip(urls, (*urls[1:], urls[0]), strict=True):
                self._others[httpx.URL(url).netloc.decode()] = (service, other)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        found = self._others.get(request.url.netloc.decode())
        if found is None or "Idempotency-Key" not in request.headers or not answer.is_success:
            return answer
        service, other = found
        await self._note(service, request, answer)
        try:
            again = await self._inner.handle_async_request(_again(request, other))
            await self._note(service, request, again)
        except httpx.TransportError:
            pass  # see AGAIN_SECONDS
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _note(self, service: str, request: httpx.Request, answer: httpx.Response) -> None:
        await answer.aread()
        if is_not_yet(answer):
            return
        key = request.headers["Idempotency-Key"]
        kept_as = kept_under(key, _subject(request))
        self.replies.append(Reply(service, key, kept_as, answer.status_code, answer.content))


def _again(request: httpx.Request, other: str) -> httpx.Request:
    url = httpx.URL(other)
    headers = {**request.headers, "host": url.netloc.decode()}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=url.host, port=url.port),
        headers=headers,
        content=request.content,
        extensions={"timeout": httpx.Timeout(AGAIN_SECONDS).as_dict()},
    )


def _subject(request: httpx.Request) -> str | None:
    """Whose token it is. Unread by us: the service has."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return None
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["sub"])
