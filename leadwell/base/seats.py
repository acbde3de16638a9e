"""Who has how much open at once, over all processes: each tells its own count and hears those of the others."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Seats(Protocol):
    """What all processes together have open. A process that says nothing for some seconds counts no more."""

    async def tell(self, counts: Mapping[str, int]) -> Sequence[int]:
        """Says how many of each name are open here, and returns how many the other processes have, in the same order. `base.buckets.Unheard`."""
        ...

    async def leave(self) -> None:
        """Nothing of this process counts from now on."""
        ...
