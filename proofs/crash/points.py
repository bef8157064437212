"""The registry: where a process may die, by the part of the engine that is at work.

A point that no story reaches, and a boundary that has no name here, are both findings: the list
cannot fall behind the engine.
"""

from collections.abc import Mapping

_WRITES = {
    "state": "aggregates are written",
    "journal": "the journal is written",
    "streams": "the sequences of what is published are written",
    "outbox": "the outbox is written",
}
_COMMIT = {
    "commit.before": "all is written, nothing is committed",
    "commit.sent": "the commit is on its way, its reply is not: nobody knows",
    "commit.after": "it is committed, and nobody has been told",
}
_HANDLE = {
    "handle.before": "a unit of work is begun",
    "handle.after": "a handler has decided, its changes are not taken over",
}
_LOAD = {"load.before": "nothing is loaded", "load.after": "what the batch touches is loaded"}
_INBOX = {"inbox": "the streams' rows are written", "parked": "parked records are written"}

CONSUMER = {
    "batch.before": "records came, nothing is done",
    "ends.after": "the ends of the other topics are known, the day is not noted",
    "decode.before": "a record is about to be read",
    "decode.after": "a record is decoded",
    **_LOAD,
    **_HANDLE,
    **{f"write.{name}": says for name, says in {**_WRITES, **_INBOX}.items()},
    "write.calendar": "a day is noted as announced",
    **_COMMIT,
    "offsets.before": "the effect is stored, Kafka has not been told",
    "offsets.after": "Kafka has been told",
}
RELEASE = {
    "decode.before": "a parked record is about to be read",
    "decode.after": "a parked record is decoded",
    **_HANDLE,
    **_LOAD,
    **{f"write.{name}": says for name, says in {**_WRITES, **_INBOX}.items()},
    **_COMMIT,
}
DAYS = {
    **_HANDLE,
    **_LOAD,
    **{f"write.{name}": says for name, says in _WRITES.items()},
    "write.calendar": "a day is entered",
    **_COMMIT,
}
RELAY = {
    "send.before": "rows are read, nothing is sent",
    "send.after": "a batch is handed to the producer",
    "ack.first": "the broker has acknowledged one partition and not yet the others",
    "ack.all": "the broker has acknowledged all, nothing is deleted",
    "write.outbox": "the rows are deleted, that is not committed",
    "write.relayed": "how far the topic is known is written",
    **_COMMIT,
}
HTTP = {
    **_HANDLE,
    **_LOAD,
    **{f"write.{name}": says for name, says in _WRITES.items()},
    "write.vault": "personal data is written",
    "write.idempotency": "the reply is kept under its key",
    "write.access_log": "who looked at personal data is written",
    **_COMMIT,
    "reply.before": "the command is done, the client is not answered",
}
START = {
    "prepare.before": "a process has started, and has not looked at its store",
    "reaper.before": "indexes are there, a dead self's transactions are not ended",
    "reaper.after": "a dead self's transactions are ended",
    **_COMMIT,
    "past.after": "the store was compared with the service's own topic",
    "log.before": "the store is ready, the log is not joined",
    "log.after": "the log is joined, nothing runs yet",
}
STOP = {
    "polling.before": "told to stop, still polling",
    "polling.after": "polling has stopped, the outbox is not flushed",
    "flush.after": "the outbox is flushed, the producer is open",
}

PARTS: Mapping[str, Mapping[str, str]] = {
    "consumer": CONSUMER,
    "release": RELEASE,
    "days": DAYS,
    "relay": RELAY,
    "http": HTTP,
    "start": START,
    "stop": STOP,
}

POINTS: Mapping[str, str] = {
    f"{part}.{name}": says for part, names in PARTS.items() for name, says in names.items()
}
