"""Where payroll is put together: `uvicorn --factory services.payroll.app:build`."""

from fastapi import FastAPI

from services.payroll.api import router
from services.payroll.handlers import HANDLERS, SWEEPS
from services.payroll.settings import Settings
from services.payroll.storage import KINDS
from shared.service import build_service


def build() -> FastAPI:
    return build_service(
        "payroll", Settings(), kinds=KINDS, handlers=HANDLERS, sweeps=SWEEPS, router=router
    )
