"""The least talk that shows whether a Redis or a mail server answers, without a client library."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote, urlsplit

PATIENCE = 5.0


class Refused(Exception):
    """The server answered, and said no."""


async def redis_facts(url: str) -> dict[str, str]:
    """`maxmemory-policy` and `version`; a policy a managed server hides is empty."""
    parts = urlsplit(url)
    host, port = (None, 0) if parts.scheme == "unix" else (parts.hostname or "localhost", parts.port or 6379)
    path = unquote(parts.path) if host is None else ""
    async with (
        asyncio.timeout(PATIENCE),
        _connected(host, port, path, secure=parts.scheme == "rediss") as (reader, writer),
    ):
        password = parts.password or next(iter(parse_qs(parts.query).get("password", [])), "")
        if password:
            user = (parts.username,) if parts.username else ()
            await _redis(reader, writer, "AUTH", *map(unquote, (*user, password)))
        await _redis(reader, writer, "PING")
        info = str(await _redis(reader, writer, "INFO"))
        lines = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
        return {"maxmemory-policy": lines.get("maxmemory_policy", ""), "version": lines.get("redis_version", "?")}


async def smtp_greeting(url: str) -> str:
    """The first words of the mail server; Refused when it greets with anything but 220."""
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    port = parts.port or (465 if secure else 587)
    async with (
        asyncio.timeout(PATIENCE),
        _connected(parts.hostname or "localhost", port, "", secure=secure) as (reader, writer),
    ):
        greeting = (await reader.readline()).decode(errors="replace").strip()
        writer.write(b"QUIT\r\n")
        if not greeting.startswith("220"):
            raise Refused(greeting or "it closed the connection without a word")
        return greeting


async def readiness(url: str) -> str:
    """What the API at an address says is wrong with it; empty where it is ready. Refused when something else answers."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "localhost", parts.port or (443 if secure else 80)
    async with asyncio.timeout(PATIENCE), _connected(host, port, "", secure=secure) as (reader, writer):
        writer.write(f"GET {parts.path.rstrip('/')}/ready HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read(-1)).decode(errors="replace")
    status, body = answer.partition("\r\n")[0], answer[answer.find("{") : answer.rfind("}") + 1]
    try:
        return str(json.loads(body).get("problem", "") if json.loads(body)["status"] else "")
    except (ValueError, KeyError, TypeError):
        raise Refused(status or "it closed the connection without a word") from None


@asynccontextmanager
async def _connected(
    host: str | None, port: int, path: str, *, secure: bool
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    if host is None:
        reader, writer = await asyncio.open_unix_connection(path)
    else:
        reader, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context() if secure else None)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: str) -> str:
    writer.write(
        f"*{len(words)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words))
    )
    head = (await reader.readline()).decode().strip()
    if head.startswith("-"):
        raise Refused(head[1:])
    if head.startswith("$"):
        return (await reader.readexactly(int(head[1:]) + 2)).decode(errors="replace")
    if not head:
        raise ConnectionError("it closed the connection")
    return head
