"""Rehearsals of sequences: asked for and stopped."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, Info, act, id_of, payload
from api.grammar import GRAMMAR
from leadwell import simulation
from leadwell.base.tx import Tx
from leadwell.simulation import Rates, Wish
from models.columns import Choice


class RehearsedVersion(Choice):
    """Which version of a sequence."""

    NEXT = "NEXT", "The draft; or what is live, if there is none."
    DRAFT = "DRAFT", "The draft."
    LIVE = "LIVE", "What is live."


GRAMMAR.enum(RehearsedVersion)


@strawberry.input(description="How people answer mail that arrives: how many of a hundred.")
class AnswerRatesInput:
    open: float = strawberry.field(default=Rates().open, description="Open it.")
    click: float = strawberry.field(default=Rates().click, description="Click in it.")
    reply: float = strawberry.field(default=Rates().reply, description="Answer it.")
    bounce: float = strawberry.field(default=Rates().bounce, description="Have an address that does not exist.")
    unsubscribe: float = strawberry.field(default=Rates().unsubscribe, description="Unsubscribe by it.")


@strawberry.input(description="A rehearsal: whom, from when to when, and how they answer. Nothing of it is sent.")
class SimulateSequenceInput:
    sequence_id: strawberry.ID = strawberry.field(description="The sequence.")
    version: RehearsedVersion = strawberry.field(default=RehearsedVersion.NEXT, description="Which version of it.")
    from_: datetime = strawberry.field(name="from", description="Where its time begins.")
    until: datetime = strawberry.field(description="Where it ends, three years later at most.")
    people: int | None = strawberry.field(
        default=None, description="So many people who are made up; with a segment or filter: at most so many of them. 50,000 at most.")
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="A copy of the people in this segment.")
    noun: str = strawberry.field(default="Person", description="What `where` filters: Person, Lead or Contact.")
    where: JSON | None = strawberry.field(default=None, description="A copy of the people who match: the filter of the noun's list, as JSON.")
    zones: list[str] = strawberry.field(default_factory=list[str], description="Time zones of people who are made up, in turn; none: the workspace's.")
    per_day: int | None = strawberry.field(default=None, description="How many enter a day; missing: all at once.")
    others: bool = strawberry.field(default=True, description="Whether the other live sequences that the people are in go on meanwhile.")
    rates: AnswerRatesInput | None = strawberry.field(default=None, description="How people answer; missing: 40, 5, 2, 1 and 0.3 of a hundred.")
    seed: int = strawberry.field(default=1, description="Another seed, other chances; the same seed on the same data comes to the same.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def wish(self) -> Wish:
        """BadId, BadSimulation."""
        segment = None if self.segment_id is None else id_of(self.segment_id, "Segment", "segmentId")
        where: Any = None if self.where is None else cast("Any", self.where)
        rates = self.rates or AnswerRatesInput()
        return simulation.checked(Wish(
            utc(self.from_), utc(self.until), self.people, segment, self.noun, where, (), tuple(self.zones), self.per_day, self.others,
            Rates(rates.open, rates.click, rates.reply, rates.bounce, rates.unsubscribe), self.seed))


@strawberry.input(description="Which rehearsal.")
class SimulationInput:
    id: strawberry.ID = strawberry.field(description="The rehearsal.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(simulation="Simulation")
class SimulationPayload:
    """The rehearsal as it stands."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class SimulationMutations:
    @strawberry.mutation(description=(
        "Rehearses a sequence on made-up people or a copy of some, by a clock of its own and with the rules that would hold: windows, limits, caps, consent. "
        "`jobProgressChanged` tells how far it is; `/simulations/ID` shows its charts."))
    async def simulate_sequence(self, info: Info, input: SimulateSequenceInput) -> SimulationPayload:
        async def verb(tx: Tx) -> UUID:
            of = await simulation.part(tx, id_of(input.sequence_id, "Sequence", "sequenceId"), input.version.value)
            return await simulation.ask(tx, of, input.wish(), info.context.viewer)

        about = {"sequence": input.sequence_id}
        return await act(info, SimulationPayload, "simulations", "create", verb, input=input, shape=lambda id: {"simulation": id}, about=about)

    @strawberry.mutation(description="Stops a rehearsal that is not done.")
    async def cancel_simulation(self, info: Info, input: SimulationInput) -> SimulationPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "Simulation", "id")
            await simulation.cancel(tx, id)
            return id

        return await act(
            info, SimulationPayload, "simulations", "update", verb, input=input, shape=lambda id: {"simulation": id}, about={"simulation": input.id})


def utc(at: datetime) -> datetime:
    """A time without a zone is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
