"""One bounded request: how long it may take, how much may come, packed or not, and where a redirect may lead."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from leadwell.base.refusals import Refusal
from leadwell.outside.guard.client import GuardedTransport, Resolver, resolve

REDIRECTS = 3
MOVED = frozenset({301, 302, 303, 307, 308})
Follow = Callable[[httpx.URL, httpx.URL], bool]


class NotFetched(Exception):
    """Nothing usable came; the text says why. `after_s`: when the other side asked to be left alone until."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: a body makes it a POST. `cut`: more than fits is left out instead of refused."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    seconds: float = 10.0
    most_bytes: int = 1_000_000
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the address it came from, status, headers by small name, and the unpacked body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Fetcher:
    """Asks through the guarded transport. A connection serves one request: what one host's certificate said is never taken for another host's
    at the same address."""

    def __init__(self, *, agent: str, resolver: Resolver = resolve, inner: httpx.AsyncBaseTransport | None = None, allow_loopback: bool = False) -> None:
        self._agent, self._resolver, self._loopback = agent, resolver, allow_loopback
        self._inner = inner or httpx.AsyncHTTPTransport(retries=0, trust_env=False, limits=httpx.Limits(max_connections=50, max_keepalive_connections=0))

    async def fetch(self, asked: Asked, follow: Follow = lambda _, __: False) -> Fetched:
        """NotFetched for whatever went wrong, a refused address included."""
        transport = GuardedTransport(resolver=self._resolver, inner=self._inner, allow_loopback=self._loopback, most_bytes=asked.most_bytes + 1)
        url = asked.url
        try:
            async with asyncio.timeout(asked.seconds):
                for _ in range(REDIRECTS + 1):
                    found = await self._once(transport, asked, url)
                    if found.status not in MOVED or "location" not in found.headers:
                        return found
                    url = _next(url, found.headers["location"], follow)
        except Refusal as refusal:
            raise NotFetched(refusal.message) from None
        except TimeoutError:
            raise NotFetched(f"No answer within {asked.seconds:g} seconds.") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NotFetched(f"{type(error).__name__}: {error}"[:300]) from None
        raise NotFetched(f"More than {REDIRECTS} redirects.")

    async def _once(self, transport: GuardedTransport, asked: Asked, url: str) -> Fetched:
        headers = {"User-Agent": self._agent, "Accept-Encoding": "gzip", "Connection": "close", **asked.headers}
        request = httpx.Request("GET" if asked.body is None else "POST", url, headers=headers, content=asked.body)
        request.extensions = {"timeout": httpx.Timeout(asked.seconds).as_dict()}
        response = await transport.handle_async_request(request)
        try:
            assert isinstance(response.stream, httpx.AsyncByteStream)
            packed = b"".join([chunk async for chunk in response.stream])
        finally:
            await response.aclose()
        told = {name.lower(): value for name, value in response.headers.items()}
        body = _unpacked(packed, told.get("content-encoding", "").strip().lower(), asked)
        return Fetched(url, response.status_code, told, body)

    async def close(self) -> None:
        await self._inner.aclose()


def _next(url: str, location: str, follow: Follow) -> str:
    here, there = httpx.URL(url), httpx.URL(url).join(location)
    if not follow(here, there):
        raise NotFetched(f"It leads to {there.host or location[:80]}, which is not followed.")
    return str(there.copy_with(fragment=None))


def _unpacked(packed: bytes, encoding: str, asked: Asked) -> bytes:
    """At most as much as is wanted, however small it was packed."""
    most = asked.most_bytes
    if encoding in ("", "identity"):
        body = packed
    elif encoding in ("gzip", "x-gzip", "deflate"):
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(packed, most + 1)
        except zlib.error:
            raise NotFetched(f"It says it is packed with {encoding}, and is not.") from None
    else:
        raise NotFetched(f"It is packed with {encoding[:40]}, which was not asked for.")
    if len(body) > most and not asked.cut:
        raise NotFetched(f"It is larger than {most} bytes.")
    return body[:most]
