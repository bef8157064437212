"""Somebody who registers people all the while, at whichever of some addresses answers."""

import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from ops.tokens import Bearer
from tests.compose.project import STAFF

ASK_SECONDS = 20.0
MORE = 12  # people at each address: enough that both have been asked several times
MORE_SECONDS = 60.0


class Registering:
    """`served` counts by address, `people` are the ids that were given, `refused` who got no
    answer from any address, or none that she can use.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._ended = threading.Event()
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.served: Counter[str] = Counter()
        self.people: list[str] = []
        self.refused: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(2 * ASK_SECONDS)

    def until_more(self) -> None:
        """Returns when some more have been registered than there are now."""
        with self._more:
            wanted = len(self.people) + MORE
            assert self._more.wait_for(lambda: len(self.people) >= wanted, MORE_SECONDS)

    def _run(self) -> None:
        with httpx.Client(timeout=ASK_SECONDS, trust_env=False, auth=Bearer(STAFF)) as http:
            number = 0
            while not self._ended.is_set():
                number += 1
                first = number % len(self._urls)
                self._register(http, number, [*self._urls[first:], *self._urls[:first]])

    def _register(self, http: httpx.Client, number: int, urls: Sequence[str]) -> None:
        """The same command at the next address where one does not answer: its key makes it one."""
        person = {
            "name": f"사람{number}",
            "birth_date": "1985-05-05",
            "phone": f"010-7000-{number:04}",
        }
        said = []
        for url in urls:
            headers = {"Idempotency-Key": f"steady-{number}"}
            try:
                answer = http.post(f"{url}/people", json=person, headers=headers)
            except httpx.TransportError as error:
                said.append(f"{url}: {type(error).__name__}")
                continue
            if answer.status_code == 201:
                with self._more:
                    self.served[url] += 1
                    self.people.append(answer.json()["person_id"])
                    self._more.notify_all()
                return
            said.append(f"{url}: {answer.status_code} {answer.text}")
        self.refused.append("; ".join(said))
