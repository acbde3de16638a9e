"""Looks for garbage rarely while many records pass."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

RARELY = (20_000, 50, 1_000)
_before: list[tuple[int, int, int]] = []


@contextmanager
def rarely() -> Generator[None]:
    """Batches of rows leave next to no cycles, and looking for them among all that a process has loaded takes a third of an import's time. The thresholds are
    the process's own: the first who comes sets them, the last who goes sets them back."""
    _before.append(gc.get_threshold())
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        first, *_ = _before
        _before.pop()
        if not _before:
            gc.set_threshold(*first)
