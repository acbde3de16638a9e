"""What is done once a transaction is committed."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

log = logging.getLogger(__name__)
Hook = Callable[[], Awaitable[None]]


async def run_all(hooks: Sequence[Hook]) -> None:
    """One after the other; what fails costs latency, never what was committed."""
    for hook in hooks:
        try:
            await hook()
        except Exception as error:
            log.warning("after-commit hook failed: %s", error)


class Rings:
    """Bells that commits ask for. They are rung by one after the other: what many commits ask for meanwhile is rung once."""

    def __init__(self) -> None:
        self.queues: set[str] = set()
        self.ringing = False

    def wanted(self, queues: Iterable[str]) -> bool:
        """Notes them, and answers whether somebody has to begin to `ring`."""
        self.queues.update(queues)
        begin, self.ringing = not self.ringing, True
        return begin

    async def ring(self, bell: Callable[[str], Awaitable[None]]) -> None:
        """Until nothing is asked for. A bell asked for while it is rung is rung again: who heard the first may have looked too early."""
        try:
            while self.queues:
                queues, self.queues = sorted(self.queues), set[str]()
                await run_all([partial(bell, queue) for queue in queues])
        finally:
            self.ringing = False
