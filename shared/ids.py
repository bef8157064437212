"""Typed ids: a prefix that says what it names, then lower-case letters and digits, never a slash.

Ids are derived from natural keys or from an Idempotency-Key, never from chance: a seed reproduces
a run, and the same command sent twice names the same thing.
"""

import base64
import hashlib
from typing import Annotated

from pydantic import StringConstraints


def _pattern(prefix: str) -> StringConstraints:
    return StringConstraints(pattern=rf"^{prefix}_[a-z0-9]{{1,40}}$")


PersonId = Annotated[str, _pattern("per")]
CohortId = Annotated[str, _pattern("coh")]
ApplicationId = Annotated[str, _pattern("app")]
OrganisationId = Annotated[str, _pattern("org")]
AgreementId = Annotated[str, _pattern("agr")]
PositionId = Annotated[str, _pattern("pos")]
PlacementId = Annotated[str, _pattern("plc")]
RecordId = Annotated[str, _pattern("rec")]
PayslipId = Annotated[str, _pattern("slp")]
OrderId = Annotated[str, _pattern("ord")]
CaseId = Annotated[str, _pattern("cas")]
CounselorId = Annotated[str, _pattern("cns")]
VacancyId = Annotated[str, _pattern("vac")]
ClaimId = Annotated[str, _pattern("clm")]
DepositId = Annotated[str, _pattern("dep")]


def derive(prefix: str, *parts: str | int) -> str:
    """The id that these parts always give: `derive("slp", record_id, "2022-04")`.

    100 bits of SHA-256 in base 32: a collision is out of reach for any city.
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest)[:20].decode().lower()}"
