"""Puts people on a list, and takes them off it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from leadwell import segments
from leadwell.access.sees import Everything
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.nurture.records import Records, records_of
from leadwell.nurture.shape import Decision, Flaw, Go, Setup, Stand, Step, Taken, flaw
from leadwell.nurture.steps import is_id

FIELDS = frozenset({"segment_id", "action"})
ACTIONS = {"ADD": segments.put, "REMOVE": segments.take}


def check(step: Step) -> Iterator[Flaw]:
    if not is_id(step.get("segment_id")):
        yield flaw("The step names no segment.", "Name one with segmentId.")
    if step.get("action", "ADD") not in ACTIONS:
        yield flaw("The step neither adds nor removes.", "Take ADD or REMOVE.")


async def effect(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """A list by hand of people, or of what they have of its noun; one that is kept by its filter is left alone."""
    found = await records_of(tx, (stand.person_id for stand, _ in taken))
    groups: dict[tuple[UUID, str], list[Stand]] = defaultdict(list)
    for stand, _ in taken:
        groups[UUID(str(stand.step["segment_id"])), stand.step.get("action", "ADD")].append(stand)
    otherwise: dict[UUID, Decision] = {}
    for (segment, action), stood in groups.items():
        try:
            there = await _cross(tx, segment, action, stood, found)
        except Refusal:
            otherwise |= {stand.id: Go(stand.next, "REFUSED") for stand in stood}
            continue
        otherwise |= {stand.id: Go(stand.next, "NO_RECORD") for stand in stood if stand.id not in there}
    return otherwise


async def _cross(tx: Tx, segment: UUID, action: str, stood: Sequence[Stand], found: Mapping[UUID, Records]) -> set[UUID]:
    """The enrollments whose people have a record of the list's noun. What the segment refuses."""
    noun, system = await segments.noun_of(tx, segment), Everything(tx.workspace)
    records = {stand.id: _record(noun, stand.person_id, found[stand.person_id]) for stand in stood}
    ids = await matching_ids(tx, CATALOG[noun], {}, system, ids=[id for id in records.values() if id])
    await ACTIONS[action](tx, segment, system, ids, None)
    there = set(ids)
    return {stand.id for stand in stood if records[stand.id] in there}


def _record(noun: str, person: UUID, of: Records) -> UUID | None:
    return {"Person": person, "Lead": of.lead_id, "Contact": of.contact_id}.get(noun)
