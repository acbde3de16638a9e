"""Who reads: as much of a viewer as reading needs to know, and the system, which sees everything."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Sees(Protocol):
    """What a Viewer satisfies: denied fields as "Lead.email", nouns of which only own rows are visible or (`blind`) none, verbs allowed per noun."""

    @property
    def workspace(self) -> UUID: ...
    @property
    def user(self) -> UUID | None: ...
    @property
    def denied(self) -> frozenset[str]: ...
    @property
    def own(self) -> frozenset[str]: ...
    @property
    def blind(self) -> frozenset[str]: ...
    def may(self, noun: str, verb: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Everything:
    """The system: sees the whole workspace, unless less is said. Saved filters are checked with their author's rights and run as this."""

    workspace: UUID
    user: UUID | None = None
    denied: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()

    def may(self, noun: str, verb: str) -> bool:
        return noun not in self.blind
