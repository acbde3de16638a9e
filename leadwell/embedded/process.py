"""Starts a server as our own child that dies with us, and tells whether one from an earlier life still runs."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1
POLL = 0.01
LARGE_LOG = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Account:
    """Who a server runs as: ourselves, or the account root steps down to."""

    uid: int
    gid: int
    steps_down: bool

    @staticmethod
    def current() -> "Account":
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid(), steps_down=False)
        import pwd

        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid, steps_down=True)

    def own(self, path: Path) -> None:
        if self.steps_down:
            os.chown(path, self.uid, self.gid)


def spawn(
    command: Sequence[str],
    account: Account,
    *,
    log: Path,
    death_signal: signal.Signals,
    config: str | None = None,
    fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """A child in a session of its own (Ctrl-C is ours to pass on) that gets `death_signal` when our thread ends."""
    with open_log(log) as output:
        child = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.PIPE if config is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=clean_environment(),
            pass_fds=fds,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),
            user=account.uid if account.steps_down else None,
            group=account.gid if account.steps_down else None,
            extra_groups=[] if account.steps_down else None,
        )
    if config is not None and child.stdin is not None:
        child.stdin.write(config.encode())
        child.stdin.close()
    return child


def open_log(path: Path) -> BinaryIO:
    """A log to append to; one that grew large is put aside first, and the one put aside before is dropped."""
    if path.exists() and path.stat().st_size > LARGE_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def run(command: Sequence[str], account: Account, *, fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own programs
        command,
        capture_output=True,
        text=True,
        cwd="/",
        env=clean_environment(),
        pass_fds=fds,
        check=False,
        preexec_fn=die_with_parent(signal.SIGKILL),
        user=account.uid if account.steps_down else None,
        group=account.gid if account.steps_down else None,
        extra_groups=[] if account.steps_down else None,
    )


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Runs in the child after its account changed, because changing it clears the death signal. Linux only."""
    if sys.platform != "linux":
        return _nothing
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return arm


def clean_environment() -> Mapping[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def runs_in(pid: int, folder: Path) -> bool:
    """Whether `pid` is a live server of `folder`: a recycled number and a zombie are not."""
    if pid <= 0 or not exists(pid):
        return False
    if sys.platform != "linux":
        shown = subprocess.run(  # noqa: S603
            ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return str(folder) in shown.stdout
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def outlive(pid: int, folder: Path, *, ask: signal.Signals, force: signal.Signals, patience: float = 15.0) -> None:
    """Waits until a server left over from a killed parent is gone; it is ours to end, for we hold the lock."""
    started, asked = time.monotonic(), False
    while runs_in(pid, folder):
        waited = time.monotonic() - started
        if not asked and (waited > 2.0 or sys.platform != "linux"):
            _signal(pid, ask)
            asked = True
        if waited > patience:
            _signal(pid, force)
        if waited > patience + 5:
            return
        time.sleep(POLL)


def finish(child: subprocess.Popen[bytes], number: signal.Signals, force: signal.Signals, patience: float = 20) -> None:
    if child.poll() is None:
        child.send_signal(number)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.send_signal(force)
        child.wait(5)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _nothing() -> None:
    return None
