"""The port through which a commit wakes the workers; losing a ring costs at most one sweep."""

from typing import Protocol


class Bell(Protocol):
    async def ring(self, queue: str) -> None:
        """Wakes whoever drains `queue`."""
        ...


class SilentBell:
    """For processes without workers to wake: the sweep finds the work."""

    async def ring(self, queue: str) -> None:
        return None


class RecordingBell:
    """A fake that ships: remembers what was rung."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    async def ring(self, queue: str) -> None:
        self.rung.append(queue)
