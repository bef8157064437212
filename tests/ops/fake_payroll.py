"""Payroll as the bank sees it: open files, their results, and claims that are paid back."""

import json
from typing import Any

import httpx

PAYROLL = "http://payroll"
STATUS = {"not-found": 404, "in-the-future": 422, "unavailable": 503}
"""Of a problem's code, where it is not 409."""


class FakePayroll:
    """Payment files that stay open until all of their results are posted, exactly."""

    def __init__(self, *files: int) -> None:
        self.files: dict[str, dict[str, Any]] = {
            f"file_{n}": {
                "file_id": f"file_{n}",
                "pay_on": "2022-05-10",
                "orders": [
                    {
                        "order_id": f"ord_{n}{i}",
                        "bank_code": "004",
                        "account_number": f"110-{n}-{i}",
                        "holder_name": "김우먼",
                        "amount_krw": 1_000_000 + i,
                    }
                    for i in range(size)
                ],
            }
            for n, size in enumerate(files)
        }
        self.results: dict[str, Any] = {}
        self.recovered: dict[str, Any] = {}
        self.problem: dict[str, str] = {}
        self.keys: list[str] = []
        self.is_away = False
        self.refuses = False

    def answer(self, method: str, path: str, query: str, headers: Any, body: bytes) -> Any:
        """Status and JSON. Every list page holds one file, so that paging is exercised."""
        if method == "POST" and path.startswith("/overpayment-claims/"):
            return self._recover(path.split("/")[2], headers["Idempotency-Key"], json.loads(body))
        if method == "POST":
            return self._post(path.split("/")[2], headers["Idempotency-Key"], json.loads(body))
        if path == "/payment-files":
            asked = dict(pair.split("=") for pair in query.split("&"))
            assert asked["status"] == "open"
            names = [f for f in self.files if f not in self.results and f > asked.get("after", "")]
            page = [{"file_id": name} for name in names[:1]]
            return 200, {"items": page, "next": names[0] if len(names) > 1 else None}
        return 200, self.files[path.split("/")[2]]

    def transport(self) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            if self.is_away:
                raise httpx.ConnectError("away")
            url = request.url
            status, body = self.answer(
                request.method, url.path, url.query.decode(), request.headers, request.content
            )
            return httpx.Response(status, json=body)

        return httpx.MockTransport(handle)

    def _post(self, file_id: str, key: str, body: Any) -> Any:
        self.keys.append(key)
        if self.refuses:
            return 422, {"code": "bank-result-invalid", "detail": "row 1"}
        wanted = {(o["order_id"], o["amount_krw"]) for o in self.files[file_id]["orders"]}
        assert wanted == {(r["order_id"], r["amount_krw"]) for r in body["results"]}
        assert self.results.setdefault(file_id, body["results"]) == body["results"]
        return 201, {}

    def _recover(self, claim_id: str, key: str, body: Any) -> Any:
        """As payroll: the same key and body again are answered again, a refusal is not kept."""
        self.keys.append(key)
        assert set(body) == {"deposit_id", "amount_krw", "received_on"}
        if code := self.problem.get(key):
            return STATUS.get(code, 409), {"code": code, "detail": "as planted"}
        assert self.recovered.setdefault(key, (claim_id, body)) == (claim_id, body)
        return 201, {}
