"""A document of somebody else's that is remembered: fetched by one at a time, served on while its owner is down, and never asked for in a hurry."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from leadwell.access.oidc.refusals import ProviderSilent

T = TypeVar("T")
FRESH_S = 3600.0     # then it is fetched again
STALE_S = 86400.0    # until then it serves on while it cannot be fetched
PAUSE_S = 30.0       # between two fetches, whatever is asked
MISSING_S = 300.0    # how long what it does not hold is known to be missing
MOST_MISSING = 1000


class Unread(Exception):
    """It could not be fetched or understood; the text says why."""


class Kept(Generic[T]):
    """One document. `get` answers what is known; `again` fetches it anew, at most every PAUSE_S."""

    def __init__(self, issuer: str, read: Callable[[], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._issuer, self._read, self._clock = issuer, read, clock
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._at = self._tried = float("-inf")
        self._why = ""
        self._missing: dict[str, float] = {}

    async def get(self) -> T:
        """ProviderSilent when it was never read, or too long ago."""
        if self._value is None or self._clock() - self._at >= FRESH_S:
            await self._fetch()
        return self._known()

    async def again(self) -> T:
        """What is known after another look, or after none where the last one was a moment ago."""
        await self._fetch()
        return self._known()

    def worth_asking(self, name: str) -> bool:
        """Whether another look may find what was not there."""
        return self._missing.get(name, 0.0) <= self._clock() and self._clock() - self._tried >= PAUSE_S

    def missing(self, name: str) -> None:
        if len(self._missing) >= MOST_MISSING:
            self._missing.clear()
        self._missing[name] = self._clock() + MISSING_S

    def _known(self) -> T:
        if self._value is None or self._clock() - self._at >= STALE_S:
            raise ProviderSilent(issuer=self._issuer, why=self._why)
        return self._value

    async def _fetch(self) -> None:
        async with self._lock:
            if self._clock() - self._tried < PAUSE_S:
                return
            self._tried = self._clock()
            try:
                self._value, self._at = await self._read(), self._clock()
            except Unread as error:
                self._why = str(error)
            except ProviderSilent as error:
                self._why = str(error.params["why"])
