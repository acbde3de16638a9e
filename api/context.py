"""What a GraphQL operation works with: who asks, the database, and one read transaction for the whole document."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import strawberry

from api.batches import Batches
from api.metrics import WAYS
from api.subscriptions.tail import Tails
from leadwell.access import Credentials, Unauthenticated, Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.settings import Settings
from leadwell.base.tx import Database, Tx
from leadwell.wiring import Kit


@dataclass(slots=True)
class Context:
    """Lives as long as one operation; `close` ends its reads."""

    kit: Kit
    credentials: Credentials
    tails: Tails
    token: str | None = None
    known: Viewer | None = None
    request_id: str = field(default_factory=lambda: uuid7().hex)
    idempotency_key: str | None = None
    address: str = ""  # of the caller
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    batches: Batches = field(default_factory=Batches)
    left: dict[str, str] = field(default_factory=dict[str, str])  # root fields that no statement covered, with the reason
    ordinary: bool = False  # nothing is compiled; development only
    way: str = ""  # how it was read: compiled, partly or by the executor
    explained: dict[str, Any] | None = None  # filled with the statement and its plan where the caller asked; development only
    _reads: AsyncExitStack | None = None
    _tx: Tx | None = None
    _ending: bool = False
    closed: bool = False

    @property
    def viewer(self) -> Viewer:
        """Who asks; Unauthenticated when nobody said."""
        if self.known is None:
            raise Unauthenticated()
        return self.known

    @property
    def plain(self) -> bool:
        """A developer asked for another way, or for how it was done."""
        return self.ordinary or self.explained is not None

    @property
    def actor(self) -> Actor:
        return self.viewer.actor(self.request_id)

    @property
    def db(self) -> Database:
        return self.kit.db

    @property
    def settings(self) -> Settings:
        return self.kit.settings

    def told(self) -> dict[str, Any]:
        """What a developer is told of how the operation was read."""
        return {**({"left": self.left} if self.left else {}), **(self.explained or {})}

    def took(self, way: str) -> None:
        """It was read that way."""
        self.way = way
        WAYS[way].inc()

    async def reader(self) -> Tx:
        """The operation's read-only transaction, opened when first needed: all it reads is of one moment. Use it under `lock`."""
        if self._ending:
            raise asyncio.CancelledError()
        if self._tx is None:
            self._reads = AsyncExitStack()
            self._tx = await self._reads.enter_async_context(self.db.read(self.actor, snapshot=True))
        return self._tx

    async def settle(self) -> None:
        """Ends the reads so far, so that a write holds no second connection and later reads see what it wrote."""
        await self.batches.settle()
        async with self.lock:
            reads, self._reads, self._tx = self._reads, None, None
            if reads is not None:
                await reads.aclose()

    async def close(self) -> None:
        self._ending = True
        await self.settle()
        self.closed = True

    async def renew(self) -> None:
        """Looks again at who asks: a revoked credential or a changed role ends or narrows what is under way."""
        if self.token is not None:
            self.known = await self.credentials.viewer(self.token, self.address)


Info = strawberry.Info[Context, None]
