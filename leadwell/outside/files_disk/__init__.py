"""Keeps files in a directory of this machine: written beside, then moved into place."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from leadwell.files import FileLost

PIECE = 256 * 1024
KEY = re.compile(r"[A-Za-z0-9-]+(/[A-Za-z0-9-]+)*")


class DiskFiles:
    """A store below one directory, which is made when first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def write(self, key: str, chunks: AsyncIterator[bytes], size: int) -> None:
        """On disk when this returns, whole; a caller who stops leaves nothing."""
        path = self._path(key)
        beside = path.with_name(f"{path.name}.{uuid4().hex}")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        file = await asyncio.to_thread(beside.open, "xb")
        try:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_place, file, beside, path)
        finally:
            file.close()
            with suppress(FileNotFoundError):
                beside.unlink()

    async def read(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError:
            raise FileLost() from None
        with file:
            while chunk := await asyncio.to_thread(file.read, PIECE):
                yield chunk

    async def remove(self, key: str) -> None:
        path = self._path(key)
        with suppress(FileNotFoundError):
            await asyncio.to_thread(path.unlink)
        with suppress(OSError):     # others are in it
            await asyncio.to_thread(path.parent.rmdir)

    async def close(self) -> None:
        """Nothing is open."""

    def _path(self, key: str) -> Path:
        assert KEY.fullmatch(key), key
        return self._root / key


def _place(file: BinaryIO, beside: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    os.replace(beside, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
