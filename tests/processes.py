"""Real processes of ours for tests: one verb, a whole `leadwell up`, or an owner of embedded servers."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(os.environ["LW_POSTGRES_BIN"]) if os.environ.get("LW_POSTGRES_BIN") else None
"""The folder of another server's programs, such as /usr/lib/postgresql/15/bin: every test that needs a database, but not one of `up`, runs on it."""
STAND_INS = Path(__file__).parent / "doors" / "stand_ins"
HOLD = """
import sys
from leadwell.embedded import servers
with servers.start(sys.argv[1], fsync=False) as running:
    print(running.database_url, running.redis_url, flush=True)
    sys.stdin.read()
"""


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "leadwell.cli", *words]


def environment(home: Path, **more: str) -> dict[str, str]:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "NO_COLOR": "1"}
    return {**base, "LEADWELL_DATA_DIR": str(home / "data"), **more}


def leadwell(home: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(home, **more), cwd=home, timeout=30, check=False)


@contextlib.contextmanager
def up(home: Path, *words: str, stand_ins: Path = STAND_INS, **more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`leadwell up` with small stand-ins for API, worker and demo, ready."""
    env = environment(home, **{**more, "PYTHONPATH": f"{stand_ins}{os.pathsep}{ROOT}"})
    ready = home / "ready.json"
    process = subprocess.Popen(
        command("up", "--port", "0", "--ready-file", str(ready), *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=home
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while line := process.stdout.readline():
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        else:
            assert process.stderr is not None
            pytest.fail(process.stderr.read())
        yield process, {**json.loads(ready.read_text()), "said": "".join(lines)}
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=15)
        process.kill()
        process.wait()


def family(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in found.split()]


def ended(pid: int, within: float = 8.0) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


def answer(url: str) -> str:
    with urllib.request.urlopen(url, timeout=8) as response:
        return response.read().decode()


def hold(data_dir: Path, *, python: str = sys.executable, **more: object) -> subprocess.Popen[str]:
    """A process that owns the servers of `data_dir` until its input ends."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    command = [python, "-c", HOLD, str(data_dir)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, **more  # type: ignore[call-overload]
    )


@contextlib.contextmanager
def held(data_dir: Path, **more: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    owner = hold(data_dir, **more)
    try:
        assert owner.stdout is not None
        line = owner.stdout.readline()
        assert owner.stderr is not None
        assert line, owner.stderr.read()
        yield owner, line.split()[0]
    finally:
        try:
            owner.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            owner.kill()
            owner.communicate()


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def server_pids(data_dir: Path) -> list[int]:
    postmaster = (data_dir / "pg" / "postmaster.pid").read_text().split()[0]
    return [int(postmaster), int((data_dir / "run" / "valkey.pid").read_text())]


async def numbers(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    finally:
        await connection.close()


async def keep(url: str, *values: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        for value in values:
            await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


def owner_url(data_dir: Path) -> str:
    return json.loads((data_dir / "run" / "urls.json").read_text())["owner_database_url"]


@contextlib.contextmanager
def short_directory() -> Iterator[Path]:
    """A short path every account may walk: what a data directory usually is, and pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="lwt-", dir="/tmp"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
