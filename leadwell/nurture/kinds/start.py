"""Lets people enter another sequence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.nurture.shape import Decision, Flaw, Go, Setup, Stand, Step, Taken, flaw
from leadwell.nurture.steps import is_id

FIELDS = frozenset({"sequence_id"})
MOST_HOPS = 5   # sequences that start one another


def check(step: Step) -> Iterator[Flaw]:
    if not is_id(step.get("sequence_id")):
        yield flaw("The step names no sequence to start.", "Name one with sequenceId.")


async def effect(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """Who may not enter goes on all the same, with the reason as outcome."""
    groups: dict[tuple[UUID, int], list[Stand]] = defaultdict(list)
    otherwise: dict[UUID, Decision] = {}
    for stand, _ in taken:
        if stand.hops >= MOST_HOPS:
            otherwise[stand.id] = Go(stand.next, "TOO_MANY_STARTS")
        else:
            groups[UUID(str(stand.step["sequence_id"])), stand.hops + 1].append(stand)
    for (sequence, hops), stood in groups.items():
        try:
            entries = await setup.enroll(tx, sequence, [stand.person_id for stand in stood], "SEQUENCE", hops)
        except Refusal as refusal:
            otherwise |= {stand.id: Go(stand.next, refusal.code) for stand in stood}
            continue
        otherwise |= {stand.id: Go(stand.next, entry.refusal) for stand, entry in zip(stood, entries, strict=True) if entry.refusal}
    return otherwise
