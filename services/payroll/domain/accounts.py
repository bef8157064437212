"""Where wages go: the most guarded datum here. It is in the vault and in no state or event."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.errors import Rejected
from shared.events import Event
from shared.ids import RecordId


class RegisterAccount(BaseModel):
    """Where her wage goes. It is kept in the vault and nowhere else (domain.md §3.5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9-]{4,18}[0-9]$")]
    holder_name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)
    ]


class AccountAlreadyRegistered(Rejected):
    """A change of account is the documented fraud (domain.md §4): it needs a second person."""

    code = "account-already-registered"

    def __init__(self) -> None:
        super().__init__(
            "an account is registered already; it cannot be replaced by registering another one"
        )


class AccountRegistered(Event):
    """An account is in the vault now. Its numbers are not in here, nor in any event."""

    record_id: RecordId
