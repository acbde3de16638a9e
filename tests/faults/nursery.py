"""A process that reads modules once and forks for each call of one's `main`: whoever is to be killed on the way need not first read them for a second."""

import asyncio
import importlib
import json
import os
import subprocess
import sys
import traceback
from types import ModuleType

from leadwell.base import faults
from tests.processes import ROOT

PATIENCE_S = 60


class Nursery:
    """One such process for a run of tests, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    async def run(self, module: str, fault: str, *arguments: str) -> int:
        """The exit code, -9 after SIGKILL, of a process of its own that runs `main` of a module; `fault` names the point to be killed at."""
        return await asyncio.wait_for(asyncio.to_thread(self._run, json.dumps([module, fault, arguments])), PATIENCE_S)

    def _run(self, asked: str) -> int:
        if self._process is None:
            env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
            words = [sys.executable, "-m", "tests.faults.nursery"]
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(asked, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        if self._process is not None:
            with self._process as process:
                assert process.stdin is not None
                process.stdin.close()


nursery = Nursery()


def serve() -> None:
    """Answers each call with how its process ended."""
    for line in sys.stdin:
        name, fault, arguments = json.loads(line)
        module = importlib.import_module(name)
        if not (child := os.fork()):
            _live(module, fault, arguments)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _live(module: ModuleType, fault: str, arguments: list[str]) -> None:
    """What it prints is for people, not an answer."""
    os.dup2(2, 1)
    os.environ["LW_FAULT"] = fault
    importlib.reload(faults)
    code = 1
    try:
        asyncio.run(module.main(*arguments))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
