"""Lets one batch be worked out while the one before it is being written, and keeps their commits in order."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gate:
    """`turn`: the batch before is committed. `writing`: this one sends its last statement, and waits for nobody any more; whoever comes behind
    may claim and lock from here on, because no lock of theirs can be in its way."""

    turn: asyncio.Event = field(default_factory=asyncio.Event)
    writing: asyncio.Event = field(default_factory=asyncio.Event)


class NotOurs(Exception):
    """The rows are in already: a commit whose answer was lost."""
