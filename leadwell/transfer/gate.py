"""Lets two batches be written beside each other, and keeps their commits in order."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gate:
    """`turn`: the batch before is committed. `writing`: this one has claimed and locked whoever it is about, and waits for no row any more; whoever comes
    behind may claim, lock and write from here on, because whom both are about they wait for before they hold what would be in its way."""

    turn: asyncio.Event = field(default_factory=asyncio.Event)
    writing: asyncio.Event = field(default_factory=asyncio.Event)


class NotOurs(Exception):
    """The rows are in already: a commit whose answer was lost."""
