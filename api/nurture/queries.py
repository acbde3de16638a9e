"""Why a person got a mail or not, and what keeps a sequence from running."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.nurture.types import FunnelStage, LedgerLine, SequenceFlaw
from leadwell import nurture
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids


@strawberry.type
class NurtureQueries:
    @strawberry.field(description="Every mail planned for a person, newest first, and why it is where it is.")
    async def send_ledger(
        self, info: Info, person_id: Annotated[strawberry.ID, strawberry.argument(description="The person.")],
        first: Annotated[int, strawberry.argument(description="How many, at most 200.")] = 50,
    ) -> list[LedgerLine]:
        info.context.viewer.need("sends", "read")
        info.context.viewer.need("people", "read")
        viewer, person = info.context.viewer, id_of(person_id, "Person", "personId")
        async with info.context.lock:
            tx = await info.context.reader()
            if not await matching_ids(tx, CATALOG["Person"], {}, viewer, ids=[person]):
                raise NotFound(noun="person", field="personId")
            lines = await nurture.send_ledger(tx, person, max(0, min(first, 200)))
        return [LedgerLine.of(line, with_address="Send.address" not in viewer.denied) for line in lines]

    @strawberry.field(description="Everything that keeps a sequence's draft (or, without one, what is live) from running; empty when nothing does.")
    async def validate_sequence(
        self, info: Info, sequence_id: Annotated[strawberry.ID, strawberry.argument(description="The sequence.")]
    ) -> list[SequenceFlaw]:
        info.context.viewer.need("sequences", "read")
        async with info.context.lock:
            flaws = await nurture.validate(await info.context.reader(), id_of(sequence_id, "Sequence", "sequenceId"))
        return [SequenceFlaw.of(flaw) for flaw in flaws]

    @strawberry.field(description="How far people come in a sequence, and what its mail leads to, step by step.")
    async def sequence_funnel(
        self, info: Info, sequence_id: Annotated[strawberry.ID, strawberry.argument(description="The sequence.")],
        version: Annotated[int | None, strawberry.argument(description="People of this version alone; of all if left out.")] = None,
    ) -> list[FunnelStage]:
        info.context.viewer.need("sequences", "read")
        info.context.viewer.need("sends", "read")
        async with info.context.lock:
            stages = await nurture.funnel(await info.context.reader(), id_of(sequence_id, "Sequence", "sequenceId"), version)
        return [FunnelStage.of(stage) for stage in stages]
