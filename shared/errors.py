"""The three things that can go wrong, kept apart because each has its own answer.

`Rejected`: a rule of the programme says no. An outcome: HTTP 4xx, or nothing to do in a consumer.
`Waits`: the fact it rests on has not arrived yet. Parked until that stream moves; HTTP 409.
`Invalid`: the record or the stored document cannot be what it claims. Parked for an operator.
Everything else that is not a dependency being away is a fault of ours and is parked, too.
"""


class Rejected(Exception):
    """A rule says no. `code` is stable and for programs, the message says how to mend it.

    Neither may hold personal data: both are logged and sent. `status` is the HTTP status.
    """

    code: str = "rejected"
    status: int = 409

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.status = status or self.status


class NotFound(Rejected):
    """The thing a command names does not exist here."""

    code = "not-found"
    status = 404


class InTheFuture(Rejected):
    """What is still to come is no fact."""

    code = "in-the-future"
    status = 422


class CalendarNotStarted(Rejected):
    """No day has been entered yet, so there is no `today` to decide by."""

    code = "calendar-not-started"


class Waits(Exception):
    """What is decided here rests on a stream that has not brought it yet.

    `source` is the publishing service, `key` the record key: together the stream's name.
    """

    def __init__(self, source: str, key: str) -> None:
        super().__init__(f"waits for {source}/{key}")
        self.source = source
        self.key = key

    @property
    def stream(self) -> str:
        return f"/womanup/{self.source}/{self.key}"


class Invalid(ValueError):
    """A record or a document is not what it claims to be."""
