"""The only place where intake's parts meet. Run: `uvicorn --factory services.intake.app:build`."""

from fastapi import FastAPI

from services.intake.api import router
from services.intake.handlers import HANDLERS, SWEEPS
from services.intake.settings import Settings
from services.intake.storage import KINDS
from shared.service import build_service


def build() -> FastAPI:
    return build_service(
        "intake", Settings(), kinds=KINDS, handlers=HANDLERS, sweeps=SWEEPS, router=router
    )
