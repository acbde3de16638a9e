"""An httpx transport that connects only to addresses it has checked, and reads no more than it was told to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

from leadwell.base.refusals import Refusal
from leadwell.outside.guard.addresses import AddressRefused, allowed

Resolver = Callable[[str, int], Awaitable[list[str]]]
PORTS = (80, 443)


class UrlRefused(Refusal):
    """{url} cannot be called: {why}."""

    fix = "Use an http or https URL on port 80 or 443 without a user name."


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a host by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves once, refuses if any address is refused, and connects to the first. `allow_loopback` is for development alone."""

    def __init__(
        self, *, resolver: Resolver = resolve, inner: httpx.AsyncBaseTransport | None = None, allow_loopback: bool = False, most_bytes: int = 65536,
    ) -> None:
        self._resolver, self._loopback, self._most = resolver, allow_loopback, most_bytes
        # connections are kept by address: one made for a host, whose certificate it has checked, must not serve another host there
        self._inner = inner or httpx.AsyncHTTPTransport(retries=0, trust_env=False, limits=httpx.Limits(max_connections=100, max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        address = await self._address(url)
        request.extensions |= {"sni_hostname": url.host}
        request.headers["Host"] = url.netloc.decode()
        request.url = url.copy_with(host=address)
        response = await self._inner.handle_async_request(request)
        response.stream = _Bounded(response.stream, self._most)
        return response

    async def _address(self, url: httpx.URL) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.scheme not in ("http", "https") or url.userinfo or not url.host:
            raise UrlRefused(url=str(url), why="its form is not allowed")
        found = await self._resolver(url.host, port)
        inside = self._loopback and all(a in ("127.0.0.1", "::1") for a in found)
        if port not in PORTS and not inside:
            raise UrlRefused(url=str(url), why=f"port {port} is not allowed")
        for address in found:
            if not inside and not allowed(address):
                raise AddressRefused(host=url.host, address=address)
        if not found:
            raise UrlRefused(url=str(url), why="its host has no address")
        return found[0]

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx.AsyncByteStream):
    """Stops reading after `most` bytes; the rest is never fetched."""

    def __init__(self, inner: object, most: int) -> None:
        assert isinstance(inner, httpx.AsyncByteStream)
        self._inner, self._most = inner, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for chunk in self._inner:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._inner.aclose()


def guarded_client(transport: GuardedTransport, timeout_s: float = 10) -> httpx.AsyncClient:
    """A client without redirects, cookies from elsewhere or proxies from the environment."""
    headers = {"User-Agent": "Leadwell-Webhooks/1", "Accept-Encoding": "identity"}
    return httpx.AsyncClient(transport=transport, follow_redirects=False, timeout=timeout_s, trust_env=False, headers=headers)
