"""The data directory: whether it is ours, who holds it, and how servers of another account reach into it."""

import fcntl
import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from leadwell.embedded.process import Account
from leadwell.embedded.refusals import DataDirectoryForeign, DataDirectoryInUse, DataDirectoryUnusable

SOCKET_PATH_LIMIT = 100  # of the 107 bytes a socket address holds; PostgreSQL adds `.s.PGSQL.5432.lock` to the folder
SCRATCH_PREFIX = "leadwell-"


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The places inside one data directory."""

    path: Path
    account: Account

    @property
    def postgres(self) -> Path:
        return self.path / "pg"

    @property
    def valkey(self) -> Path:
        return self.path / "redis"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def mailbox(self) -> Path:
        return self.path / "mailbox"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    @property
    def urls(self) -> Path:
        return self.run / "urls.json"

    def folder(self, path: Path, *, mode: int = 0o700, served: bool = True) -> Path:
        """Makes a folder once; a served one belongs to the account the servers run as."""
        path.mkdir(mode=mode, exist_ok=True)
        if served:
            self.account.own(path)
        return path

    def within_reach(self, path: Path) -> bool:
        """Whether the servers' account may walk to `path`; always true unless root steps down to another account."""
        return not self.account.steps_down or all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def open_directory(path: Path) -> DataDirectory:
    """The directory, made if need be and refused if it is not ours; below a closed home it is entered by handle."""
    account = Account.current()
    try:
        if not path.exists():
            path.mkdir(parents=True, mode=0o711 if account.steps_down else 0o700)
        path = path.resolve()
        owner = path.stat().st_uid
    except OSError as fault:
        raise DataDirectoryUnusable(
            path=path, reason=fault.strerror or str(fault), fix="Choose another with --data-dir."
        ) from fault
    if not path.is_dir():
        raise DataDirectoryUnusable(path=path, reason="it is a file", fix="Choose another with --data-dir.")
    if owner != os.geteuid():
        name = account_name(owner)
        raise DataDirectoryForeign(
            path=path,
            owner=name,
            me=account_name(os.geteuid()),
            fix=f"Run Leadwell as {name}, or choose another directory with --data-dir.",
        )
    directory = DataDirectory(path, account)
    for folder, mode in ((directory.run, 0o711), (directory.logs, 0o700), (directory.mailbox, 0o700)):
        directory.folder(folder, mode=mode, served=False)
    return directory


def lock(directory: DataDirectory) -> IO[str]:
    """The lock that makes this process the only owner; it is held while the file stays open."""
    held = (directory.path / ".lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        held.seek(0)
        pid = held.read().strip() or "unknown"
        held.close()
        raise DataDirectoryInUse(
            path=directory.path,
            pid=pid,
            fix="Use that one, stop it with Ctrl-C, or give this one another --data-dir.",
        ) from taken
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def locked(path: Path) -> bool:
    """Whether some process owns the servers of this data directory at the moment."""
    try:
        with (path / ".lock").open("r") as probe:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def entrance(directory: DataDirectory, folder: Path) -> Generator[tuple[str, tuple[int, ...]]]:
    """How a server names `folder`: by path, or by an inherited handle where its account cannot walk the path."""
    if directory.within_reach(folder):
        yield str(folder), ()
        return
    if not Path("/proc/self/fd").exists():
        raise DataDirectoryUnusable(
            path=directory.path,
            reason="the account `nobody`, as whom servers of root run, may not enter it",
            fix="Choose a directory every account may enter, such as /var/lib/leadwell.",
        )
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def scratch(directory: DataDirectory) -> Path:
    """A short folder every account may walk to, for sockets and copies; the one of an earlier life is removed."""
    clear_scratch(directory)
    made = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir="/tmp"))
    made.chmod(0o711 if directory.account.steps_down else 0o700)
    (directory.run / "scratch").write_text(str(made))
    return made


def clear_scratch(directory: DataDirectory) -> None:
    note = directory.run / "scratch"
    if not note.exists():
        return
    old = Path(note.read_text().strip())
    if old.name.startswith(SCRATCH_PREFIX) and old.is_dir() and old.stat().st_uid == os.geteuid():
        shutil.rmtree(old, ignore_errors=True)
    note.unlink()


def socket_folder(directory: DataDirectory) -> Path | None:
    """The folder for sockets inside the data directory, or nothing when its path is too long or closed."""
    folder = directory.run / "sock"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT or not directory.within_reach(folder.parent):
        return None
    if not directory.within_reach(folder):
        return None
    return directory.folder(folder, mode=0o755 if directory.account.steps_down else 0o700)


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` in one step with a file only its owner reads."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
