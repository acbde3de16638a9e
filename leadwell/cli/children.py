"""Child processes of `leadwell up`: started early, handed settings when the servers answer, restarted when they fall."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from leadwell.base.refusals import Refusal
from leadwell.embedded.process import die_with_parent, open_log

LONGEST_PAUSE = 30.0
STEADY = 30.0  # a child that ran this long starts again at once
PATIENCE = 60.0


class ProcessFailed(Refusal):
    """The {name} process ended with code {code}: {words}"""


class Child:
    """A part of ours as a process that dies with us and logs into a file."""

    def __init__(self, name: str, log: Path, *, fds: Sequence[int] = ()) -> None:
        self.name, self.log, self.fds = name, log, tuple(fds)
        self.process: asyncio.subprocess.Process | None = None
        self._ours: socket.socket | None = None
        self._started = 0.0

    async def spawn(self) -> None:
        """Starts the process; it imports what it needs (never from the folder we happen to be in) and awaits `hand_over`."""
        ours, theirs = socket.socketpair()
        with open_log(self.log) as output, theirs:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "leadwell.cli.child", self.name, *map(str, (theirs.fileno(), *self.fds))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(*self.fds, theirs.fileno()),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
                env=_environment(),
            )
        ours.setblocking(False)
        self._ours, self._started = ours, time.monotonic()

    async def hand_over(self, variables: dict[str, str], **wishes: bool) -> dict[str, str]:
        """Sends the settings and what else is wished for; returns what the child says once it serves."""
        assert self._ours is not None
        assert self.process is not None
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._ours, json.dumps({"settings": variables, **wishes}).encode() + b"\n")
            answer = await asyncio.wait_for(loop.sock_recv(self._ours, 65536), PATIENCE)
        except (OSError, TimeoutError):
            answer = b""
        if not answer:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 2)
            await self.stop(kill=True)
            code = self.process.returncode
            raise ProcessFailed(name=self.name, code=code, words=last_words(self.log), fix=f"Read {self.log}.")
        return json.loads(answer)

    async def keep(self, variables: dict[str, str], say: Callable[[str], None]) -> None:
        """Restarts the process whenever it ends by itself, with a growing pause between quick falls."""
        pause = 0.5
        while True:
            assert self.process is not None
            code = await self.process.wait()
            pause = 0.5 if time.monotonic() - self._started > STEADY else min(pause * 2, LONGEST_PAUSE)
            say(f"{self.name} ended with code {code} ({last_words(self.log)}); starting again in {pause:g} s")
            await asyncio.sleep(pause)
            try:
                await self.spawn()
                await self.hand_over(variables)
                say(f"{self.name} runs again")
            except ProcessFailed:
                continue

    async def stop(self, *, kill: bool = False, patience: float = 15.0) -> None:
        if self._ours is not None:
            self._ours.close()
        if self.process is None or self.process.returncode is not None:
            return
        self._signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), patience)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.process.wait()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        """By number: asyncio's own way polls first, and a poll takes the exit code from the one who waits for it."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


def last_words(log: Path) -> str:
    """The last line of a log that names a fault: the end of a traceback, or the sentence above a fix."""
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip() and line[:4] != "fix:"]
    except OSError:
        return "it said nothing"
    return lines[-1][:300] if lines else "it said nothing"


def _environment() -> dict[str, str]:
    """Ours without settings: those are handed over, and the owner's and administrator's logins are not for children."""
    from leadwell.base.setting_table import OUTSIDE, PREFIX

    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) and name not in OUTSIDE}
