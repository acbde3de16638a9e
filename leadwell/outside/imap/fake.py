"""A mailbox in memory, for tests and for trying things out."""

from collections.abc import Sequence

from leadwell.capture import Letter, MailboxAway


class FakeMailbox:
    """Holds what it is given; `away` makes the next call fail once."""

    def __init__(self) -> None:
        self.unread: dict[str, bytes] = {}
        self.read: dict[str, bytes] = {}
        self.away = False

    def put(self, raw: bytes) -> str:
        """A letter arrives."""
        uid = str(len(self.unread) + len(self.read) + 1)
        self.unread[uid] = raw
        return uid

    async def fetch(self, most: int) -> list[Letter]:
        self._fail()
        return [Letter(uid, raw) for uid, raw in list(self.unread.items())[:most]]

    async def done(self, uids: Sequence[str]) -> None:
        self._fail()
        for uid in uids:
            if uid in self.unread:
                self.read[uid] = self.unread.pop(uid)

    async def close(self) -> None:
        """Nothing is open."""

    def _fail(self) -> None:
        if self.away:
            self.away = False
            raise MailboxAway(server="memory", why="it is away")
