"""From a bearer token or cookie to a viewer, remembered for a few seconds."""

import logging
import time

from leadwell.access.bounds import Bounds
from leadwell.access.refusals import CredentialRejected
from leadwell.access.tokens import SESSION, digest, is_key
from leadwell.access.viewer import Viewer
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database

REMEMBERED_S = 5.0
MOST = 10_000
log = logging.getLogger(__name__)


class Credentials:
    """One per process. A revoked key, an ended session, a changed role or key takes effect within REMEMBERED_S."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[bytes, tuple[float, Viewer]] = {}

    async def viewer(self, token: str, address: str = "") -> Viewer:
        """Whose session token or API key this is; CredentialRejected when nobody's, AddressRefused where a key is not used from the caller's address."""
        key, now = digest(token), time.monotonic()
        known = self._known.get(key)
        found = known[1] if known and known[0] > now else await self._find(token, key, now, address)
        if found.bounds.addresses:
            found.bounds.admit(address)
        return found

    async def _find(self, token: str, key: bytes, now: float, address: str) -> Viewer:
        session = token.startswith(SESSION) and len(token) < 100
        if not session and not is_key(token):
            raise CredentialRejected()
        found = await (self._session(key) if session else self._key(key, address))
        if found is None:
            self._known.pop(key, None)
            raise CredentialRejected()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = now + REMEMBERED_S, found
        return found

    def forget(self, token: str) -> None:
        """Signing out takes effect here at once."""
        self._known.pop(digest(token), None)

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
