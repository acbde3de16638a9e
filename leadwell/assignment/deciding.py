"""Who gets a lead: decided over the members of a queue without I/O, with a verdict on each of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

CLAIM, WEIGHTED, LEAST_BUSY = "CLAIM", "WEIGHTED", "LEAST_BUSY"
# The reason where every member is out for the same one.
ALONE = {"GONE": "NO_MEMBERS", "AWAY": "ALL_AWAY", "FULL": "ALL_FULL", "UNSKILLED": "NOBODY_SKILLED"}


@dataclass(slots=True)
class Member:
    """A member as the batch finds and changes them. `open` are leads in work over all queues; `credit` says whose turn it is."""

    id: UUID
    user_id: UUID
    weight: int = 1
    capacity: int | None = None
    skills: frozenset[str] = frozenset()
    credit: int = 0
    given: int = 0
    open: int = 0
    away: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen, if anybody, why, and what stands in the decision about each member."""

    member: Member | None
    reason: str
    candidates: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def choose(strategy: str, members: Sequence[Member], needs: Collection[str] = (), passed: UUID | None = None) -> Choice:
    """The member whose turn it is, who is then charged for it: smooth weighted round-robin over those who can take the lead. Whoever cannot neither
    gains nor loses a turn, so nobody who comes back is flooded, and of equal members none is ever two leads ahead of another. `passed` had it before."""
    verdicts = {one.id: verdict(one, needs, passed) for one in members}
    able = [one for one in members if not verdicts[one.id]]
    if strategy == CLAIM or not able:
        reason = "TO_CLAIM" if strategy == CLAIM and able else nobody(list(verdicts.values()))
        return Choice(None, reason, [shown(one, verdicts[one.id] or "LATER") for one in members])
    weights = {one.id: one.weight if strategy == WEIGHTED else 1 for one in able}
    ready = least_busy(able) if strategy == LEAST_BUSY else able
    chosen = max(ready, key=lambda one: (one.credit + weights[one.id], -one.given, -one.id.int))
    candidates = [shown(one, verdicts[one.id] or ("CHOSEN" if one is chosen else "LATER")) for one in members]
    for one in able:
        one.credit += weights[one.id]
    chosen.credit -= sum(weights.values())
    chosen.given += 1
    chosen.open += 1
    return Choice(chosen, "LEAST_BUSY" if strategy == LEAST_BUSY else "TURN", candidates)


def verdict(one: Member, needs: Collection[str], passed: UUID | None) -> str | None:
    """Why a member cannot take the lead; None: they can."""
    if one.gone:
        return "GONE"
    if one.user_id == passed:
        return "PASSED"
    if one.away:
        return "AWAY"
    if not one.skills.issuperset(needs):
        return "UNSKILLED"
    return "FULL" if one.capacity is not None and one.open >= one.capacity else None


def nobody(verdicts: Sequence[str | None]) -> str:
    """Why nobody can."""
    kinds = set(verdicts) - {"GONE"} or {"GONE"}
    return ALONE.get(str(next(iter(kinds))), "NOBODY_FREE") if len(kinds) == 1 else "NOBODY_FREE"


def least_busy(able: Sequence[Member]) -> list[Member]:
    least = min(one.open for one in able)
    return [one for one in able if one.open == least]


def shown(one: Member, verdict: str) -> dict[str, Any]:
    """What a decision keeps of a member: as they stood before it."""
    kept: dict[str, Any] = {"user": one.user_id, "verdict": verdict, "weight": one.weight, "credit": one.credit, "given": one.given, "open": one.open}
    if one.capacity is not None:
        kept["capacity"] = one.capacity
    if one.skills:
        kept["skills"] = sorted(one.skills)
    return kept
