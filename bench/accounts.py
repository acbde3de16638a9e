"""What processes cost: the scheduler's own account of their threads in nanoseconds, their memory, and where they may run. Linux only."""

import os
from collections.abc import Mapping
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def thread_time(pid: int) -> float:
    """Seconds on a processor of all living threads of a process; 0 when it is gone."""
    try:
        return sum(int(file.read_text().split()[0]) for file in (PROC / str(pid) / "task").glob("*/schedstat")) / 1e9 or _ticks(pid)
    except OSError:
        return 0.0


def _ticks(pid: int) -> float:
    """Where the scheduler keeps no such account: the process's own, in hundredths of a second."""
    found = (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(found[11]) + int(found[12])) / TICK


def children(pid: int) -> list[int]:
    """Processes whose parent it is."""
    found: list[int] = []
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def children_time(pid: int) -> dict[int, float]:
    return {child: thread_time(child) for child in children(pid)}


def family_time(pid: int) -> dict[int, float]:
    return {pid: thread_time(pid)} | children_time(pid)


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Seconds between two accounts; a process that came in between counts in full, one that went is forgotten."""
    return sum(value - before.get(pid, 0.0) for pid, value in after.items())


def parent(pid: int) -> int:
    return int((PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])


def resident_mb(pid: int) -> float:
    """Its memory as it stands."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def seat(pid: int, *places: int) -> None:
    """Keeps a process, its threads and its children on some of the cores, by their place among ours; on all of them without a word."""
    cores = {CORES[i] for i in places} or set(CORES)
    for one in (pid, *children(pid)) if len(CORES) > 1 else ():
        for task in (PROC / str(one) / "task").iterdir():
            os.sched_setaffinity(int(task.name), cores)
