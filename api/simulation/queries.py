"""A sequence tried on one person."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.simulation.mutations import RehearsedVersion, utc
from leadwell import simulation
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids
from leadwell.simulation import dry


@strawberry.type(description="What would happen to somebody in a sequence, when and why.", name="DryRunStep")
class DryRunStep:
    at: datetime = strawberry.field(description="When.")
    step: str | None = strawberry.field(description="Id of the step; null: of the sequence as a whole.")
    name: str | None = strawberry.field(description="Its name.")
    kind: str | None = strawberry.field(description="Its kind.")
    what: str = strawberry.field(description="What happens.")
    because: str = strawberry.field(description="Why then, and why that.")
    time_zone: str | None = strawberry.field(description="Whose clock counts, by its IANA name: the person's, or else of their company, sender or workspace.")


@strawberry.type
class SimulationQueries:
    @strawberry.field(description="Every step of a sequence with its date, as it would come to one person who never answers. Nothing is sent or written.")
    async def dry_run_sequence(
        self,
        info: Info,
        sequence_id: Annotated[strawberry.ID, strawberry.argument(description="The sequence.")],
        person_id: Annotated[strawberry.ID, strawberry.argument(description="The person.")],
        version: Annotated[RehearsedVersion, strawberry.argument(description="Which version of it.")] = RehearsedVersion.NEXT,
        from_: Annotated[datetime | None, strawberry.argument(name="from", description="When they would enter; missing: now.")] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Where to stop; missing: a year later.")] = None,
    ) -> list[DryRunStep]:
        context = info.context
        sequence, person = id_of(sequence_id, "Sequence", "sequenceId"), id_of(person_id, "Person", "personId")
        context.viewer.need("simulations", "create")
        async with context.lock:
            tx = await context.reader()
            now = await tx.now()
            for noun, id, field in (("Sequence", sequence, "sequenceId"), ("Person", person, "personId")):
                if not await matching_ids(tx, CATALOG[noun], {}, context.viewer, ids=[id]):
                    raise NotFound(noun=CATALOG[noun].singular, field=field)
            part = await simulation.part(tx, sequence, version.value)
        await context.settle()
        wish = dry.of_one(person, utc(from_) if from_ else now, utc(until) if until else None)
        found = await simulation.dry_run(context.db, context.actor, part, wish, context.viewer)
        return [DryRunStep(at=one.at, step=one.step, name=one.name, kind=one.kind, what=one.what, because=one.because, time_zone=one.zone) for one in found]
