"""The only place where counseling's parts meet.

Run: `uvicorn --factory services.counseling.app:build`.
"""

from fastapi import FastAPI

from services.counseling.api import router
from services.counseling.handlers import HANDLERS, SWEEPS
from services.counseling.settings import Settings
from services.counseling.storage import KINDS
from shared.service import build_service


def build() -> FastAPI:
    return build_service(
        "counseling", Settings(), kinds=KINDS, handlers=HANDLERS, sweeps=SWEEPS, router=router
    )
