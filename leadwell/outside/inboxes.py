"""Opens what an inbox is read from: its mailbox over IMAP, or its Maildir."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from leadwell.base.settings import Settings
from leadwell.delivery import InboxAway
from leadwell.outside.guard import allowed
from leadwell.outside.imap import ImapMailbox
from leadwell.outside.maildir import Maildir

if TYPE_CHECKING:
    from leadwell.outside.sns import AmazonSns


class Inboxes:
    """In production only servers on the public internet are asked, and those that LEADWELL_PRIVATE_HOSTS lists."""

    def __init__(self, settings: Settings, sns: "AmazonSns | None" = None) -> None:
        self._strict, self._private, self._folder = settings.production, settings.private_hosts, settings.mail_dir
        self._sns = sns

    @property
    def sns(self) -> "AmazonSns":
        """Loaded with the first message that asks for it."""
        if self._sns is None:
            from leadwell.outside.sns import AmazonSns

            self._sns = AmazonSns()
        return self._sns

    async def open(self, inbox: Mapping[str, Any]) -> ImapMailbox | Maildir:
        """InboxAway."""
        if inbox["kind"] == "DIRECTORY":
            if not self._folder:
                raise InboxAway(server=inbox["folder"], why="LEADWELL_MAIL_DIR is not set")
            return Maildir(Path(self._folder) / str(inbox["workspace_id"]), inbox["folder"])
        await self._look(inbox["host"], inbox["port"])
        scheme = "imaps" if inbox["security"] == "TLS" else "imap"
        user, password, folder = (quote(str(part), safe="") for part in (inbox["login"], inbox["secret"], inbox["folder"]))
        return ImapMailbox(f"{scheme}://{user}:{password}@{inbox['host']}:{inbox['port']}/{folder}")

    async def _look(self, host: str, port: int) -> None:
        if not self._strict or host.lower() in self._private:
            return
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise InboxAway(server=host, why=str(error)) from error
        if not all(allowed(str(entry[4][0])) for entry in found):
            raise InboxAway(server=host, why="it is not on the public internet, and LEADWELL_PRIVATE_HOSTS does not list it")
