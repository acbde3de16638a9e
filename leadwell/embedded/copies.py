"""Tells a data directory that was copied, or put back from a copy, from the one that servers last ran in."""

from pathlib import Path

import asyncpg

from leadwell.embedded.directory import DataDirectory

DOUBT = "SELECT lw_doubt_outbound('PUT_BACK')"


def mark(directory: DataDirectory) -> str:
    """The place of a file on its disk, and when its entry last changed: no program that copies files can give another file the same."""
    found = (directory.postgres / "PG_VERSION").stat()
    return f"{found.st_ino}:{found.st_ctime_ns}"


def is_copy(directory: DataDirectory) -> bool:
    """Whether these are other files than those that were noted when servers last ran here."""
    note = _note(directory)
    return note.exists() and note.read_text().strip() != mark(directory)


def note(directory: DataDirectory) -> None:
    """These are the files from now on."""
    _note(directory).write_text(mark(directory) + "\n")


async def doubt(owner_url: str) -> None:
    """What was restored together with its files tells nobody anything until somebody confirms; a database without tables has nobody to tell."""
    connection = await asyncpg.connect(owner_url)
    try:
        if await connection.fetchval("SELECT to_regproc('lw_doubt_outbound') IS NOT NULL"):
            await connection.execute(DOUBT)
    finally:
        await connection.close()


def _note(directory: DataDirectory) -> Path:
    return directory.path / "pg.mark"
