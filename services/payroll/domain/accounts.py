"""Where wages go: the most guarded datum here. It is in the vault and in no state or event."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.errors import Rejected
from shared.events import Event
from shared.ids import RecordId

BankCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9-]{4,18}[0-9]$")]
HolderName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
OFFICER_CODE = r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$"
OfficerCode = Annotated[str, StringConstraints(pattern=OFFICER_CODE)]
"""A staff code, never a name."""


class RegisterAccount(BaseModel):
    """Where her wage goes. It is kept in the vault and nowhere else (domain.md §3.5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank_code: BankCode
    account_number: AccountNumber
    holder_name: HolderName


ACCOUNT_FIELDS = tuple(RegisterAccount.model_fields)


class RequestAccountChange(BaseModel):
    """The account that her wage shall go to from now on, and the officer who asks for it: who is
    known by a token is that one, and need not be named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank_code: BankCode
    account_number: AccountNumber
    holder_name: HolderName
    requested_by: OfficerCode | None = None


class ApproveAccountChange(BaseModel):
    """A second officer agrees to the change that the first one asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approved_by: OfficerCode | None = None


class RejectAccountChange(BaseModel):
    """The change is dropped: any officer may, the one who asked for it included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rejected_by: OfficerCode | None = None


class AccountAlreadyRegistered(Rejected):
    """A change of account is the documented fraud (domain.md §4): it needs a second person."""

    code = "account-already-registered"

    def __init__(self) -> None:
        super().__init__(
            "an account is registered already; it cannot be replaced by registering another one:"
            " ask for an account change, which a second officer approves"
        )


class NoAccountRegistered(Rejected):
    code = "no-account-registered"

    def __init__(self) -> None:
        super().__init__("there is no account that could be changed: register one")


class AccountChangePending(Rejected):
    """A later request must not slip under an approval that was meant for an earlier one."""

    code = "account-change-pending"

    def __init__(self) -> None:
        super().__init__("a change is asked for already: approve it or reject it first")


class NoAccountChange(Rejected):
    code = "no-account-change"

    def __init__(self) -> None:
        super().__init__("no account change was asked for, so there is none to decide on")


class SameOfficer(Rejected):
    code = "same-officer"

    def __init__(self) -> None:
        super().__init__("who asked for the change cannot approve it: another officer must")


class OfficerUnknown(Rejected):
    """Two officers are two only where each is known."""

    code = "officer-unknown"
    status = 422

    def __init__(self) -> None:
        super().__init__("say which officer this is: by a token, whose subject is a staff code")


def decide_officer(code: str | None) -> str:
    """Raises `OfficerUnknown` for nobody, and for what may be a name or an address."""
    if code is None or not re.fullmatch(OFFICER_CODE, code):
        raise OfficerUnknown
    return code


class AccountRegistered(Event):
    """An account is in the vault now. Its numbers are not in here, nor in any event."""

    record_id: RecordId


class AccountChangeRequested(Event):
    """Another account lies in the vault, apart: it is paid to only once the change is approved."""

    record_id: RecordId
    requested_by: OfficerCode


class AccountChangeApproved(Event):
    record_id: RecordId
    approved_by: OfficerCode


class AccountChangeRejected(Event):
    record_id: RecordId
    rejected_by: OfficerCode
