"""A store that refuses what it has run, as MongoDB does at a commit."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.mongo import Refused, Session
from shared.testing import MemoryStore

T = TypeVar("T")


class Refusing(MemoryStore):
    """Refuses as many of its next transactions as it was told; `meanwhile` is what others do after
    the second, the first that had its record alone.
    """

    def refuse(self, times: int, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        self._left, self._meanwhile, self.refused = times, meanwhile, 0

    async def transact(
        self, run: Callable[[Session], Awaitable[T]], patience_seconds: float = float("inf")
    ) -> T:
        left = getattr(self, "_left", 0)
        if not left:
            return await super().transact(run, patience_seconds)

        async def refused(session: Session) -> T:
            await run(session)
            raise Refused("planted")

        self._left, self.refused = left - 1, self.refused + 1
        try:
            return await super().transact(refused, patience_seconds)
        except Refused:
            if self.refused == 2:  # see the class
                left, self._left = self._left, 0
                await self._meanwhile()
                self._left = left
            raise
