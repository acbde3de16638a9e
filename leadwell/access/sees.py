"""Who reads: as much of a viewer as reading needs to know, and the system, which sees everything."""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

Reach = Literal["own", "team", "all"]
# The users of a team as it is at that moment: of `team`, where a key is bound to one, else of the user's own.
TEAM = (
    "ARRAY(SELECT m.id FROM users m WHERE m.workspace_id = $1 AND (m.id = {holder} OR m.team_id = "
    "(SELECT coalesce({team}, (SELECT h.team_id FROM users h WHERE h.workspace_id = $1 AND h.id = {holder})))))"
)


class Sees(Protocol):
    """What a Viewer satisfies: denied fields as "Lead.email"; nouns of which not all rows are visible (`own`), of these the ones whose reach is the team
    (`team`), and those of which none are (`blind`); verbs allowed per noun. `holder` is whose rows are own ones, `team_id` a team bound to a key."""

    @property
    def workspace(self) -> UUID: ...
    @property
    def user(self) -> UUID | None: ...
    @property
    def holder(self) -> UUID | None: ...
    @property
    def team_id(self) -> UUID | None: ...
    @property
    def denied(self) -> frozenset[str]: ...
    @property
    def own(self) -> frozenset[str]: ...
    @property
    def team(self) -> frozenset[str]: ...
    @property
    def blind(self) -> frozenset[str]: ...
    def may(self, noun: str, verb: str) -> bool: ...
    def everywhere(self, noun: str, verb: str) -> bool: ...
    def write(self, noun: str, field: str, at: str) -> None: ...


def reach(viewer: Sees, noun: str, within: Reach = "all") -> Reach:
    """How far a viewer sees among the rows of a noun ("Lead"), and no farther than `within`."""
    found: Reach = "all" if noun not in viewer.own else "team" if noun in viewer.team else "own"
    return narrower(found, within)


def narrower(one: Reach, other: Reach) -> Reach:
    return "own" if "own" in (one, other) else "team" if "team" in (one, other) else "all"


@dataclass(frozen=True, slots=True)
class Everything:
    """The system: sees the whole workspace, unless less is said. Saved filters are checked with their author's rights and run as this."""

    workspace: UUID
    user: UUID | None = None
    denied: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()
    team_id: UUID | None = None

    @property
    def holder(self) -> UUID | None:
        return self.user

    def may(self, noun: str, verb: str) -> bool:
        return noun not in self.blind

    def everywhere(self, noun: str, verb: str) -> bool:
        return noun not in self.blind and noun not in self.own

    def write(self, noun: str, field: str, at: str) -> None:
        """No field is closed to the system."""
