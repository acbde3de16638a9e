"""From a bearer token or cookie to a viewer, remembered for a few seconds."""

import time

from leadwell.access.refusals import CredentialRejected
from leadwell.access.tokens import SESSION, digest, is_key
from leadwell.access.viewer import Viewer
from leadwell.base.tx import Database

REMEMBERED_S = 5.0
MOST = 10_000


class Credentials:
    """One per process. A revoked key, an ended session or a changed role takes effect within REMEMBERED_S."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[bytes, tuple[float, Viewer]] = {}

    async def viewer(self, token: str) -> Viewer:
        """Whose session token or API key this is; CredentialRejected when nobody's."""
        key, now = digest(token), time.monotonic()
        known = self._known.get(key)
        if known and known[0] > now:
            return known[1]
        session = token.startswith(SESSION) and len(token) < 100
        if not session and not is_key(token):
            raise CredentialRejected()
        found = await (self._session(key) if session else self._key(key))
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

    async def _key(self, key: bytes) -> Viewer | None:
        rows = await self._db.control("SELECT * FROM lw_key($1)", key)
        return Viewer.of_key(rows[0]["workspace_id"], rows[0]["id"], rows[0]["name"], rows[0]["scopes"]) if rows else None
