"""A small internet without a network: sites by host, where their names lead, and which domains take mail."""

import gzip
from collections.abc import Mapping

import httpx

from leadwell.outside.guard import Fetcher
from leadwell.outside.lookups import Lookups

PUBLIC = "93.184.216.34"
Reply = httpx.Response | str | bytes | Exception


class Internet(httpx.AsyncBaseTransport):
    """`pages`: "host/path" to what is answered there; `addresses`: other addresses of a host. `asked` lists what was asked, in order."""

    def __init__(self, pages: Mapping[str, Reply] | None = None, addresses: Mapping[str, list[str]] | None = None) -> None:
        self.pages, self.addresses = dict(pages or {}), dict(addresses or {})
        self.mail: dict[str, list[str] | None] = {}
        self.asked: list[str] = []
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = request.headers["host"] + request.url.raw_path.decode()
        self.asked.append(where)
        self.requests.append(request)
        reply = self.pages.get(where, httpx.Response(404))
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            wire, told = reply.extensions.get("raw", reply.content), reply.extensions.get("told", reply.headers)
            return httpx.Response(reply.status_code, headers=told, stream=httpx.ByteStream(wire))
        body = reply.encode() if isinstance(reply, str) else reply
        return httpx.Response(200, headers={"content-type": "text/html; charset=utf-8"}, stream=httpx.ByteStream(body))

    async def resolve(self, host: str, port: int) -> list[str]:
        return self.addresses.get(host, [PUBLIC])

    async def mail_hosts(self, domain: str) -> list[str] | None:
        return self.mail.get(domain, [f"mx.{domain}"])

    def fetcher(self) -> Fetcher:
        return Fetcher(agent="test", resolver=self.resolve, inner=self)

    def lookups(self) -> Lookups:
        return Lookups(resolver=self.resolve, inner=self, hosts=self.mail_hosts)


def packed(body: bytes, encoding: str = "gzip", status: int = 200, **headers: str) -> httpx.Response:
    """An answer whose bytes on the wire are these, under that encoding."""
    wire = gzip.compress(body) if encoding == "gzip" else body
    return httpx.Response(status, extensions={"raw": wire, "told": {"content-type": "text/html", "content-encoding": encoding, **headers}})
