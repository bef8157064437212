"""A collector of traces for tests: what it is told, it keeps."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Collector(HTTPServer):
    """What an OTLP collector is told over HTTP."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def senders(self, name: str) -> set[str]:
        """Which instances have told of a span of that name."""
        return {
            attribute["value"]["stringValue"]
            for _, body in self.told
            for resource in body["resourceSpans"]
            if any(s["name"] == name for scope in resource["scopeSpans"] for s in scope["spans"])
            for attribute in resource["resource"]["attributes"]
            if attribute["key"] == "service.instance.id"
        }

    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for _, body in self.told
            for resource in body["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


@contextmanager
def running_collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
