"""`python -m ops bank`: the bank as a process, with its routes and its looks at payroll."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from ops.bank.book import RECEIVED, Book
from ops.bank.teller import Bank, Deposit, DepositDiffers, Refusals
from ops.processes import end_process_with
from ops.services import client
from ops.tokens import BANK

POLL_SECONDS = 0.25  # between looks for open files; /idle looks at once


def _say(line: str) -> None:
    print(line, flush=True)


def build_app(
    payroll: str, path: Path, refusals: Refusals, say: Callable[[str], None] = _say
) -> FastAPI:
    """Looks at payroll all the while, and ends its process when it no longer can."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with client(BANK) as http:
            with Book(path) as book:
                app.state.bank = Bank(payroll, book, refusals, http, say)
                task = asyncio.create_task(_poll(app.state.bank))
                end_process_with(task, "the bank", say)
                yield
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title="A bank, simulated", lifespan=lifespan)
    _add_routes(app)
    return app


def _add_routes(app: FastAPI) -> None:
    @app.get("/idle")
    async def idle() -> dict[str, Any]:
        """Looks for open files at once, so that `idle` is true now and not a moment ago.
        `refused_deposits`, and why, are those that payroll will not book: they wait for nobody.
        """
        bank: Bank = app.state.bank
        is_idle = await bank.work()
        outcomes = [row.outcome for row in bank.book.rows.values()]
        counts = {name: outcomes.count(name) for name in ("paid", "refused", RECEIVED)}
        return {
            "idle": is_idle,
            **counts,
            "trouble": bank.trouble,
            "refused_deposits": bank.refused,
        }

    @app.post("/deposits", status_code=201)
    async def deposit(body: Deposit) -> JSONResponse:
        """Takes money that a person pays back. It is in the file when this answers; payroll is
        told of it soon after, and again until it has taken or refused it. The same again: 200,
        and payroll is asked once more where it had refused it.
        """
        bank: Bank = app.state.bank
        try:
            is_new = bank.take(body)
        except DepositDiffers as error:
            return _problem(409, "deposit-differs", str(error))
        reply = {"deposit_id": body.deposit_id, "outcome": RECEIVED}
        return JSONResponse(reply, 201 if is_new else 200)

    @app.get("/file", response_class=PlainTextResponse)
    async def file() -> PlainTextResponse:
        """The bank's own file as it stands, a CSV."""
        bank: Bank = app.state.bank
        return PlainTextResponse(bank.book.path.read_text(), media_type="text/csv")


def _problem(status: int, code: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _poll(bank: Bank) -> None:
    while True:
        await bank.work()
        await asyncio.sleep(POLL_SECONDS)


def command(
    *,
    payroll: Annotated[str, typer.Option(envvar="WOMANUP_PAYROLL", help="Payroll's address.")],
    file: Annotated[Path, typer.Option(help="The bank's own file, a CSV.")],
    port: Annotated[int, typer.Option(help="Where it listens on 127.0.0.1.")] = 8091,
    refuse: Annotated[str, typer.Option(help="Share of orders to refuse: 0.05 or 1/20.")] = "0",
    seed: Annotated[str, typer.Option(help="Draws the orders that are refused.")] = "womanup",
    refuse_order: Annotated[
        list[str] | None, typer.Option(help="An order to refuse, by its id; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option(help="The reason it gives.")] = "account-closed",
) -> None:
    """Play the bank: pay every order of payroll's files once, and post the results."""
    refusals = Refusals(Fraction(refuse), seed, frozenset(refuse_order or ()), reason)
    uvicorn.run(build_app(payroll, file, refusals), port=port, access_log=False)
