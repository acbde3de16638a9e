"""One Valkey in the data directory: a doorbell with an append-only file, reached by a socket and a password."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from leadwell.embedded.binaries import Program
from leadwell.embedded.directory import DataDirectory, entrance
from leadwell.embedded.process import POLL, finish, outlive, spawn
from leadwell.embedded.refusals import ServerFailed

PATIENCE = 30.0


class Valkey:
    """The server of one data directory. Settings go in by its standard input: the password is in no file or list."""

    def __init__(self, directory: DataDirectory, program: Program, sockets: Path, *, password: str) -> None:
        self.directory = directory
        self.program = program
        self.socket = sockets / "redis.sock"
        self.password = password
        self.child: subprocess.Popen[bytes] | None = None
        self._log = directory.logs / "valkey.log"
        self._pid_file = directory.run / "valkey.pid"

    def start(self) -> None:
        folder = self.directory.folder(self.directory.valkey)
        if self._pid_file.exists():
            pid = self._pid_file.read_text().strip()
            outlive(int(pid or 0), folder, ask=signal.SIGTERM, force=signal.SIGKILL)
        with entrance(self.directory, folder) as (name, fds):
            self.child = spawn(
                [str(self.program.path), "-"],
                self.directory.account,
                log=self._log,
                death_signal=signal.SIGTERM,
                config=self._config(name),
                fds=fds,
            )
        self._pid_file.write_text(str(self.child.pid))

    def wait_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.child is not None and self.child.poll() is not None:
                raise ServerFailed(server="Valkey", reason=self._said(), fix=self._fix())
            if time.monotonic() > deadline:
                raise ServerFailed(server="Valkey", reason=f"not ready after {PATIENCE:.0f} s", fix=self._fix())
            time.sleep(POLL)

    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        if self.child is not None:
            finish(self.child, signal.SIGTERM, signal.SIGKILL)
            self._pid_file.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        return f"unix://:{quote(self.password, safe='')}@{self.socket}"

    def _config(self, folder: str) -> str:
        mode = "777" if self.directory.account.steps_down else "700"
        lines = (
            "port 0",
            f'unixsocket "{self.socket}"',
            f"unixsocketperm {mode}",
            f'dir "{folder}"',
            f"requirepass {self.password}",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
        )
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        """A whole PING, because the socket of a killed predecessor may lie there and a loading server accepts."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(1)
                probe.connect(str(self.socket))
                probe.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = probe.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return b"+PONG" in answer

    def _said(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _fix(self) -> str:
        return f"Read {self._log}, or set REDIS_URL to a Redis or Valkey server."
