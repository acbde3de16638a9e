"""Decides, without any I/O, which proposals fill a field, which become suggestions and which change nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec

from leadwell.enrichment.port import Origin, Proposal

FLOOR = 0.5
RANK = {"PROVIDER": 1, "SYSTEM": 1, "IMPORT": 2, "FORM": 3, "HUMAN": 4}

Place = tuple[UUID, str]
Action = Literal["FILL", "SUGGEST"]


class Decision(msgspec.Struct, frozen=True):
    """What becomes of one proposal; `before` is the value it meets."""

    action: Action
    proposal: Proposal
    before: Any


@dataclass(frozen=True, slots=True)
class Known:
    """What the fields hold, where that came from, and which values a person has dismissed (as `repr`)."""

    values: Mapping[Place, Any]
    origins: Mapping[Place, Origin]
    dismissed: Collection[tuple[UUID, str, str]] = ()


def blend(proposals: Iterable[Proposal], known: Known, floor: float = FLOOR) -> list[Decision]:
    """Per field the first usable proposal decides, later ones are not looked at. What a person has dismissed or undone does not come back."""
    seen: set[Place] = set()
    decisions: list[Decision] = []
    for proposal in proposals:
        place = (proposal.record_id, proposal.field)
        if place in seen or not usable(proposal, floor):
            continue
        seen.add(place)
        decision = _decide(proposal, known.values.get(place), known.origins.get(place))
        if decision and not (known.dismissed and (*place, repr(proposal.value)) in known.dismissed):
            decisions.append(decision)
    return decisions


def usable(proposal: Proposal, floor: float) -> bool:
    """Whether there is a value, and the provider is sure enough."""
    return not _blank(proposal.value) and proposal.confidence >= floor


def open_to(value: Any, origin: Origin | None) -> bool:
    """Whether a provider could fill the field, so that asking is worth its price: it is empty, or a provider filled it."""
    if origin is None:
        return _blank(value)
    return not origin.locked and (RANK.get(origin.source, 2) == RANK["PROVIDER"] or (_blank(value) and origin.source != "HUMAN"))


def _decide(proposal: Proposal, value: Any, origin: Origin | None) -> Decision | None:
    """Human beats form beats import beats provider; a value nobody accounts for counts as imported."""
    if value == proposal.value or (origin and origin.locked):
        return None
    rank = RANK.get(origin.source, 2) if origin else 2
    if _blank(value):
        # A person who emptied the field meant it.
        emptied = origin is not None and rank == RANK["HUMAN"]
        return Decision("SUGGEST" if emptied else "FILL", proposal, value)
    if origin and rank == RANK["PROVIDER"]:
        better = origin.provider == proposal.provider or proposal.confidence > origin.confidence
        return Decision("FILL", proposal, value) if better else None
    return Decision("SUGGEST", proposal, value)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
