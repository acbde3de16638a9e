"""Keeps files in a bucket of S3 or of a server that speaks its protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from leadwell.base.refusals import Unavailable
from leadwell.files import FileLost
from leadwell.outside.files_s3.signing import EMPTY, UNSIGNED, Login, quoted, signed

if TYPE_CHECKING:
    from httpx import AsyncClient, Response

PIECE = 256 * 1024


class S3Files:
    """`s3://key:secret@host/bucket?region=eu-central-1`, over TLS; `s3+http://` without, for a server on this machine. Addresses buckets by path.
    Its client is made, and httpx imported, with the first file."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        region = parse_qs(parts.query).get("region", ["us-east-1"])[0]
        self._login = Login(unquote(parts.username or ""), unquote(parts.password or ""), region)
        host = parts.netloc.rpartition("@")[2]
        self._base = f"{'http' if parts.scheme == 's3+http' else 'https'}://{host}/{quoted(parts.path.strip('/'))}"
        self._client: AsyncClient | None = None

    async def write(self, key: str, chunks: AsyncIterator[bytes], size: int) -> None:
        """A PUT of a known length: S3 keeps all of it or nothing."""
        answer = await self._ask("PUT", key, chunks, {"content-length": str(size)})
        _check(answer)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        import httpx

        headers = signed(self._login, "GET", self._url(key), {}, datetime.now(UTC))
        try:
            async with self._opened().stream("GET", self._url(key), headers=headers) as answer:
                if answer.status_code == 404:
                    raise FileLost()
                _check(answer)
                async for chunk in answer.aiter_bytes(PIECE):
                    yield chunk
        except httpx.HTTPError as error:
            raise Unavailable() from error

    async def remove(self, key: str) -> None:
        answer = await self._ask("DELETE", key)
        if answer.status_code != 404:
            _check(answer)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, method: str, key: str, chunks: AsyncIterator[bytes] | None = None, headers: dict[str, str] | None = None) -> Response:
        import httpx

        sent = signed(self._login, method, self._url(key), headers or {}, datetime.now(UTC), UNSIGNED if chunks else EMPTY)
        try:
            return await self._opened().request(method, self._url(key), headers=sent, content=chunks)
        except httpx.HTTPError as error:
            raise Unavailable() from error

    def _url(self, key: str) -> str:
        return f"{self._base}/{quoted(key)}"

    def _opened(self) -> AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=httpx.Timeout(30), trust_env=False, follow_redirects=False)
        return self._client


def _check(answer: Response) -> None:
    """Anything but a success is a store that cannot be used now: a wrong key or bucket too is for operators, not for users."""
    if not answer.is_success:
        raise Unavailable(fix="Try again in a moment; if it stays so, look into the log of the file store.")
