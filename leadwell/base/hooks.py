"""What is done once a transaction is committed."""

import logging
from collections.abc import Awaitable, Callable, Sequence

log = logging.getLogger(__name__)
Hook = Callable[[], Awaitable[None]]


async def run_all(hooks: Sequence[Hook]) -> None:
    """One after the other; what fails costs latency, never what was committed."""
    for hook in hooks:
        try:
            await hook()
        except Exception as error:
            log.warning("after-commit hook failed: %s", error)
