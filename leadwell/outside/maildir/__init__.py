"""The adapter of the inbox port on a Maildir: what stands in `new` is taken and moved to `cur`, as any mail program would."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from leadwell.capture import LARGEST_MAIL, Letter
from leadwell.delivery import InboxAway


class Maildir:
    """One Maildir below `root`; links out of it are not followed."""

    def __init__(self, root: Path, folder: str) -> None:
        self._root, self._folder = root, root / folder

    async def fetch(self, most: int) -> list[Letter]:
        """Letters that were not taken yet, oldest first. InboxAway."""
        return await asyncio.to_thread(self._fetch, most)

    async def done(self, uids: Sequence[str]) -> None:
        """They count as read from now on."""
        await asyncio.to_thread(self._done, list(uids))

    async def close(self) -> None:
        """Nothing is open."""

    def _fetch(self, most: int) -> list[Letter]:
        try:
            new = (self._folder / "new").resolve(strict=True)
            if not new.is_relative_to(self._root.resolve()):
                raise InboxAway(server=str(self._folder), why="it leads out of LEADWELL_MAIL_DIR")
            waiting = sorted((file for file in new.iterdir() if file.is_file() and not file.is_symlink()), key=lambda file: (file.stat().st_mtime, file.name))
            return [Letter(file.name, self._read(file)) for file in waiting[:most]]
        except OSError as error:
            raise InboxAway(server=str(self._folder), why=error.strerror or type(error).__name__) from error

    @staticmethod
    def _read(file: Path) -> bytes:
        with file.open("rb") as opened:
            return opened.read(LARGEST_MAIL)

    def _done(self, names: list[str]) -> None:
        (self._folder / "cur").mkdir(exist_ok=True)
        for name in names:
            (self._folder / "new" / name).replace(self._folder / "cur" / f"{name.partition(':')[0]}:2,S")
