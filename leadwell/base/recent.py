"""Remembers what was used last, within bounds."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, the latest used, up to a number and a total size; what is larger than a quarter of that is not kept."""

    def __init__(self, most: int, most_size: int) -> None:
        self.most, self.most_size = most, most_size
        self.size = self.hits = self.misses = self.evictions = 0
        self._known: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Hashable) -> V | None:
        found = self._known.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._known.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        if key in self._known or size > self.most_size // 4:
            return
        self._known[key] = value, size
        self.size += size
        while self.size > self.most_size or len(self._known) > self.most:
            _, (_, gone) = self._known.popitem(last=False)
            self.size -= gone
            self.evictions += 1

    def drop(self, key: Hashable) -> None:
        """Forgets a value that holds no longer."""
        if (found := self._known.pop(key, None)) is not None:
            self.size -= found[1]
