"""What the work of a sandbox may reach: the development mailbox and, in development, servers of this machine. Nothing is asked of the network."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from leadwell.base.refusals import Refusal

Keep = Callable[[str, tuple[str, ...], bytes], Any]
HERE = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}


class SandboxReachesNobody(Refusal):
    """A sandbox reaches nobody outside: {host} was not asked."""

    fix = "Point it at a server of this machine (localhost) in development, or do it in a live workspace."


class KeptMail:
    """The mail port of sandboxes. `keep` puts a message into the development mailbox; None, as in production: it is taken and forgotten."""

    def __init__(self, keep: Keep | None) -> None:
        self._keep = keep

    @asynccontextmanager
    async def open(self, route: object = None) -> AsyncGenerator["KeptLetter"]:
        """A session for one message, by whatever route it was to leave."""
        yield KeptLetter(self._keep)

    async def close(self) -> None: ...


class KeptLetter:
    """One message on its way into the mailbox."""

    def __init__(self, keep: Keep | None) -> None:
        self._keep, self._sender, self._recipient = keep, "", ""

    async def mail(self, sender: str) -> None:
        self._sender = sender

    async def rcpt(self, recipient: str) -> None:
        self._recipient = recipient

    async def data(self, content: bytes) -> str:
        if self._keep is None:
            return "250 2.0.0 taken by the sandbox and kept nowhere"
        kept = await asyncio.to_thread(self._keep, self._sender, (self._recipient,), content)
        return f"250 2.0.0 kept by the sandbox as {kept.id}"


async def this_machine(host: str, port: int) -> list[str]:
    """The resolver of sandboxes in development: this machine by its names; no name server is asked for others. SandboxReachesNobody."""
    if host not in HERE:
        raise SandboxReachesNobody(host=host)
    return [HERE[host]]


async def nobody(host: str, port: int) -> list[str]:
    """The resolver of sandboxes in production. SandboxReachesNobody."""
    raise SandboxReachesNobody(host=host)


async def no_mail_hosts(domain: str) -> list[str] | None:
    """Mail servers of a domain: a sandbox asks no name server, and takes every domain for one that gets mail."""
    return [domain]
