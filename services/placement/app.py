"""Placement as one process: `uvicorn --factory services.placement.app:build`."""

from fastapi import FastAPI

from services.placement.api import router
from services.placement.handlers import HANDLERS, SWEEPS
from services.placement.settings import Settings
from services.placement.storage import KINDS
from shared.service import build_service


def build() -> FastAPI:
    return build_service(
        "placement", Settings(), kinds=KINDS, handlers=HANDLERS, sweeps=SWEEPS, router=router
    )
