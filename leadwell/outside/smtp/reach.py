"""Connects to a mail server that somebody of a workspace named: resolved once, looked at, and reached at the address that was looked at."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from leadwell.delivery.port import Unreachable
from leadwell.outside.guard import allowed
from leadwell.outside.guard.client import resolve
from leadwell.outside.smtp.address import Server


@dataclass(frozen=True, slots=True)
class Reach:
    """`strict`: only the public internet, and the hosts that the operator listed as `private`."""

    strict: bool
    private: tuple[str, ...] = ()
    resolver: Callable[[str, int], Awaitable[list[str]]] = resolve

    async def connected(self, server: Server, seconds: float) -> socket.socket:
        """A connected socket; Unreachable."""
        try:
            async with asyncio.timeout(seconds):
                return await self._connect(server)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"mail server {server.host}:{server.port}: {error or 'no answer'}") from error

    async def _connect(self, server: Server) -> socket.socket:
        addresses = await self.resolver(server.host.strip("[]"), server.port)
        if self.strict and server.host.lower() not in self.private and not all(map(allowed, addresses)):
            raise Unreachable(f"mail server {server.host}: it is not on the public internet, and LEADWELL_PRIVATE_HOSTS does not list it")
        last: OSError = OSError("it has no address")
        for address in addresses:
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(sock, (address, server.port))
            except OSError as error:
                sock.close()
                last = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise last
