"""Where the bytes of files are: what a file store can do."""

from collections.abc import AsyncIterator
from typing import Protocol

from leadwell.base.refusals import Refusal


class FileLost(Refusal):
    """The file store does not have this file any more."""

    fix = "Send it again as a new file, and tell an operator."
    status = 404


class Store(Protocol):
    """Keys are made by us: letters, digits, slashes and hyphens. Unavailable when the store cannot be reached."""

    async def write(self, key: str, chunks: AsyncIterator[bytes], size: int) -> None:
        """Keeps exactly `size` bytes under a new key, whole or not at all."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes, piece by piece; FileLost before the first."""
        ...

    async def remove(self, key: str) -> None:
        """Forgets the key; one that is not there is no error."""
        ...

    async def close(self) -> None: ...
