"""What a broadcast would do, and what it has done."""

from typing import Annotated, Any

import strawberry

from api.act import id_of
from api.context import Info
from leadwell import broadcasts
from leadwell.base.ids import encode_id
from leadwell.broadcasts import Outlook, Reached, Results
from leadwell.catalog import CATALOG
from leadwell.templates import Significance

Doc = strawberry.argument


@strawberry.type(description="Recipients who get nothing, for one reason.")
class HeldBack:
    reason: str = strawberry.field(description="Why: NO_ADDRESS, SAME_ADDRESS, FREQUENCY_CAP (waits), or a reason of the send ledger.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="Whom a broadcast would go to now.")
class BroadcastPreview:
    count: int = strawberry.field(description="People in the audience; 100,000 at most.")
    capped: bool = strawberry.field(description="There are more than that.")
    looked_at: int = strawberry.field(description="How many of them were looked at for what holds mail back; 2,000 at most.")
    held: list[HeldBack] = strawberry.field(description="Of those looked at, who would get nothing, and why.")
    sample: list[strawberry.ID] = strawberry.field(description="Three people who would get it; preview its template as one of them.")

    @classmethod
    def of(cls, found: Outlook) -> "BroadcastPreview":
        ids = [strawberry.ID(encode_id(CATALOG["Person"].tag, id)) for id in found.sample]
        return cls(count=found.count, capped=found.capped, looked_at=found.looked_at, held=_held(found.held), sample=ids)


@strawberry.type(description="Whether two shares differ by more than chance.")
class VariantComparison:
    lift: float | None = strawberry.field(description="Against the first variant: 0.1 is ten percent more; null where the first has none.")
    z: float = strawberry.field(description="The z value of the two-proportion test.")
    p: float = strawberry.field(description="How likely such a difference is by chance alone.")
    significant: bool = strawberry.field(description="Less likely than 5 percent, with enough mails to tell.")
    enough: bool = strawberry.field(description="There are enough mails for the test to tell anything.")

    @classmethod
    def of(cls, s: Significance) -> "VariantComparison":
        return cls(lift=s.lift, z=s.z, p=s.p, significant=s.significant, enough=s.enough)


@strawberry.type(description="What became of one variant.")
class VariantResults:
    name: str = strawberry.field(description="The variant.")
    recipients: int = strawberry.field(description="Whom it was for.")
    waiting: int = strawberry.field(description="Still to go.")
    sent: int = strawberry.field(description="Taken by the mail server.")
    opened: int = strawberry.field(description="Opened by a human.")
    clicked: int = strawberry.field(description="Clicked by a human.")
    replied: int = strawberry.field(description="Answered.")
    bounced: int = strawberry.field(description="Come back.")
    complained: int = strawberry.field(description="Marked as spam.")
    unsubscribed: int = strawberry.field(description="Unsubscribed by its link.")
    ambiguous: int = strawberry.field(description="Handed over without an answer; held until somebody resolves them.")
    held: list[HeldBack] = strawberry.field(description="Who got nothing, and why.")
    against: VariantComparison | None = strawberry.field(description="Compared with the first variant by what is measured; null for the first.")

    @classmethod
    def of(cls, r: Reached) -> "VariantResults":
        figures: dict[str, Any] = {name: getattr(r, name) for name in r.__slots__ if name not in ("template_id", "held", "against")}
        return cls(**figures, held=_held(r.held), against=None if r.against is None else VariantComparison.of(r.against))


@strawberry.type(description="How far a broadcast came.")
class BroadcastResults:
    state: str = strawberry.field(description="Where it stands.")
    recipients: int = strawberry.field(description="Whom it was written down for.")
    undecided: int = strawberry.field(description="Who waits for their hour or for the winner.")
    done: int = strawberry.field(description="Who has an outcome.")
    winner: str | None = strawberry.field(description="The variant that the rest got.")
    variants: list[VariantResults] = strawberry.field(description="Each variant.")

    @classmethod
    def of(cls, r: Results) -> "BroadcastResults":
        variants = [VariantResults.of(one) for one in r.variants]
        return cls(state=r.state, recipients=r.recipients, undecided=r.undecided, done=r.done, winner=r.winner, variants=variants)


def _held(found: Any) -> list[HeldBack]:
    return [HeldBack(reason=reason, count=count) for reason, count in sorted(found.items())]


@strawberry.type
class BroadcastQueries:
    @strawberry.field(description="Whom a broadcast would go to now, who would get nothing and why.")
    async def preview_broadcast(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The broadcast.")]) -> BroadcastPreview:
        info.context.viewer.need("broadcasts", "read")
        info.context.viewer.need("people", "read")
        async with info.context.lock:
            return BroadcastPreview.of(await broadcasts.outlook(await info.context.reader(), id_of(id, "Broadcast", "id")))

    @strawberry.field(description="How far a broadcast came, and what its readers did, by variant.")
    async def broadcast_results(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The broadcast.")]) -> BroadcastResults:
        info.context.viewer.need("broadcasts", "read")
        async with info.context.lock:
            return BroadcastResults.of(await broadcasts.results(await info.context.reader(), id_of(id, "Broadcast", "id")))
