"""The adapter of the mailbox port on IMAP, from the standard library, in a thread: a poll every half minute needs no more."""

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from leadwell.capture import LARGEST_MAIL, Letter, MailboxAway

T = TypeVar("T")
TIMEOUT_S = 20
FAULTS = (imaplib.IMAP4.error, OSError, ssl.SSLError)


class ImapMailbox:
    """imaps://user:password@host/folder, or imap:// for a server on this machine. One connection a poll: nothing is held in between."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls, self._host = parts.scheme == "imaps", parts.hostname or "localhost"
        self._port = parts.port or (993 if self._tls else 143)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._folder = unquote(parts.path.strip("/")) or "INBOX"

    async def fetch(self, most: int) -> list[Letter]:
        """Letters that were not read yet, oldest first; they stay unread. MailboxAway."""
        return await self._in_thread(lambda box: [letter for uid in self._unread(box)[:most] if (letter := self._letter(box, uid))])

    async def done(self, uids: Sequence[str]) -> None:
        """They count as read from now on. MailboxAway."""
        if uids:
            await self._in_thread(lambda box: box.uid("STORE", ",".join(uids), "+FLAGS", r"(\Seen)"))

    async def close(self) -> None:
        """Nothing is open."""

    async def _in_thread(self, work: Callable[[imaplib.IMAP4], T]) -> T:
        def run() -> T:
            box = self._open()
            try:
                return work(box)
            finally:
                box.shutdown()

        try:
            return await asyncio.to_thread(run)
        except FAULTS as error:
            raise MailboxAway(server=f"{self._host}:{self._port}", why=str(error)[:200] or type(error).__name__) from error

    def _open(self) -> imaplib.IMAP4:
        if self._tls:
            box = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_S)
        else:
            box = imaplib.IMAP4(self._host, self._port, timeout=TIMEOUT_S)
        try:
            box.login(self._user, self._password)
            box.select(self._quoted(self._folder))
        except BaseException:
            box.shutdown()
            raise
        return box

    @staticmethod
    def _quoted(folder: str) -> str:
        return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'

    @staticmethod
    def _unread(box: imaplib.IMAP4) -> list[str]:
        _, found = box.uid("SEARCH", "UNSEEN")
        return [uid.decode() for uid in (found[0] or b"").split()]

    @staticmethod
    def _letter(box: imaplib.IMAP4, uid: str) -> Letter | None:
        """The first five megabytes: what stands behind them is attachments."""
        found: list[Any] = box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST_MAIL}>)")[1]
        parts = [cast("tuple[bytes, bytes]", part) for part in found if isinstance(part, tuple)]
        return Letter(uid, parts[0][1]) if parts else None
