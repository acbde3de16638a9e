"""From a bearer token or cookie to a viewer, remembered for a few seconds."""

import asyncio
import logging
import time
from functools import partial
from typing import Protocol

from leadwell.access.bounds import Bounds
from leadwell.access.refusals import CredentialRejected
from leadwell.access.tokens import SESSION, digest, is_key
from leadwell.access.viewer import Viewer
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database

REMEMBERED_S, AHEAD_S = 5.0, 1.0
MOST = 10_000


class Guesses(Protocol):
    """What an address may still guess: `admit` raises where it may not, `wrong` counts one that was looked up in vain."""

    def admit(self, address: str) -> None: ...
    def wrong(self, address: str) -> None: ...


log = logging.getLogger(__name__)


class Credentials:
    """One per process. A revoked key, an ended session, a changed role or key takes effect within REMEMBERED_S. What is nobody's is remembered as long, and
    what was never somebody's is looked up only as often as `guesses` lets its sender."""

    def __init__(self, db: Database, guesses: Guesses | None = None) -> None:
        self._db, self._guesses = db, guesses
        self._known: dict[bytes, tuple[float, Viewer]] = {}
        self._nobodys: dict[bytes, float] = {}
        self._looking: dict[bytes, asyncio.Task[Viewer]] = {}

    async def viewer(self, token: str, address: str = "") -> Viewer:
        """Whose session token or API key this is; CredentialRejected when nobody's, AddressRefused where a key is not used from the caller's address."""
        key, now = digest(token), time.monotonic()
        known = self._known.get(key)
        if known and known[0] > now:
            found = known[1]
            if known[0] < now + AHEAD_S:
                self._look(token, key, now, address)    # so that nobody waits for it
        else:
            found = await asyncio.shield(self._look(token, key, now, address))
        if found.bounds.addresses:
            found.bounds.admit(address)
        return found

    def _look(self, token: str, key: bytes, now: float, address: str) -> asyncio.Task[Viewer]:
        """One look at a time: a thousand that come together share it."""
        if key not in self._looking:
            self._looking[key] = task = asyncio.create_task(self._find(token, key, now, address))
            task.add_done_callback(partial(self._looked, key))
        return self._looking[key]

    def _looked(self, key: bytes, task: asyncio.Task[Viewer]) -> None:
        if self._looking.get(key) is task:
            del self._looking[key]
        if not task.cancelled():
            task.exception()    # heard by whoever waits, and else by nobody

    async def _find(self, token: str, key: bytes, now: float, address: str) -> Viewer:
        session = token.startswith(SESSION) and len(token) < 100
        if (not session and not is_key(token)) or self._nobodys.get(key, 0) > now:
            raise CredentialRejected()
        guessed = self._guesses if key not in self._known else None     # whoever was let in before is not held up by others at the same address
        if guessed:
            guessed.admit(address)
        found = await (self._session(key) if session else self._key(key, address))
        if found is None:
            self._known.pop(key, None)
            if len(self._nobodys) >= MOST:
                self._nobodys.clear()
            self._nobodys[key] = now + REMEMBERED_S
            if guessed:
                guessed.wrong(address)
            raise CredentialRejected()
        if len(self._known) >= MOST:
            self._known.clear()
        if self._looking.get(key) is asyncio.current_task():    # not one that signed out meanwhile
            self._known[key] = now + REMEMBERED_S, found
        return found

    def forget(self, token: str) -> None:
        """Signing out takes effect here at once."""
        key = digest(token)
        self._known.pop(key, None)
        self._looking.pop(key, None)

    async def _session(self, key: bytes) -> Viewer | None:
        rows = await self._db.control("SELECT * FROM lw_session($1)", key)
        return Viewer.of_user(rows[0]["workspace_id"], rows[0]["user_id"], rows[0]["name"], rows[0]["role"], rows[0]["grants"]) if rows else None

    async def _key(self, key: bytes, address: str) -> Viewer | None:
        rows = await self._db.control("SELECT * FROM lw_key($1)", key)
        if not rows:
            return None
        row, bounds = rows[0], Bounds.of(rows[0]["bounds"])
        if row["due"]:
            self._db.later(self._used(key, address))
        return Viewer.of_key(row["workspace_id"], row["id"], row["name"], row["scopes"], bounds)

    async def _used(self, key: bytes, address: str) -> None:
        """Notes the use, after the answer and at most once a minute."""
        try:
            await self._db.control("SELECT lw_key_used($1, $2)", key, address)
        except Unavailable:
            log.warning("the use of a key could not be noted")
