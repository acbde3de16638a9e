"""What a conversion would do."""

from collections.abc import Iterable
from typing import Annotated, Any, Optional, cast

import strawberry

from api.act import id_of
from api.context import Info
from api.duplicates.queries import MatchEvidence
from api.errors import UserError, user_error
from api.grammar import GRAMMAR
from api.leads.conversion import ConversionConflict, ConvertLeadInput, conflicts_of, named, wish
from api.lengths import check_lengths
from leadwell import conversion
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.conversion import Preview, told

DEAL: Any = Optional[GRAMMAR.type("Deal")]  # noqa: UP045
LEAD: Any = Optional[GRAMMAR.type("Lead")]  # noqa: UP045


@strawberry.type(description="What a conversion would do to one record.")
class PlannedRecord:
    noun: str = strawberry.field(description="Type of the record.")
    id: strawberry.ID | None = strawberry.field(description="The record; null: a new one.")
    name: str | None = strawberry.field(description="What it is or will be called.")
    fields: list[str] = strawberry.field(description="What would be written.")


@strawberry.type(description="A record that is the lead's, or may be.")
class ConversionMatch:
    noun: str = strawberry.field(description="Company or Contact.")
    id: strawberry.ID = strawberry.field(description="The record.")
    name: str | None = strawberry.field(description="What it is called.")
    taken: bool = strawberry.field(description="The conversion would take it.")
    reason: str = strawberry.field(
        description="GIVEN, CONFIRMED, DOMAIN, NAME, SUGGESTED, MATCH (by evidence), SIMILAR (same name), CURRENT (of the contact), PERSON (the person's own "
        "contact) or DUPLICATE (two people who wait for a decision).")  # fmt: skip
    probability: float | None = strawberry.field(description="How likely it is the one, 0 to 1, where that was weighed.")
    evidence: list[MatchEvidence] = strawberry.field(description="What speaks for it and against it, where that was weighed.")


async def _deals(root: Any, info: Info) -> list[Any]:
    return [await GRAMMAR.row(info.context, "Deal", id) for id in root.deal_ids]


async def _leads(root: Any, info: Info) -> list[Any]:
    return [await GRAMMAR.row(info.context, "Lead", id) for id in root.lead_ids]


@strawberry.type(description="What a conversion would do now.")
class ConversionPreview:
    lead_ids: strawberry.Private[list[Any]]
    deal_ids: strawberry.Private[list[Any]]
    plan_hash: str | None = strawberry.field(description="Give it to convertLead as expectedPlanHash, and it does this or nothing; null: it would be refused.")
    refusal: UserError | None = strawberry.field(description="Why it would be refused; null: it would be done.")
    created: list[PlannedRecord] = strawberry.field(description="What would be made.")
    filled: list[PlannedRecord] = strawberry.field(description="What is there and would be given what it lacks.")
    kept: list[PlannedRecord] = strawberry.field(description="What is there and would be linked as it is.")
    merged: list[PlannedRecord] = strawberry.field(description="The person with whom the lead's would become one first, with onDuplicate: LINK.")
    conflicts: list[ConversionConflict] = strawberry.field(description="Values that differ and would be left as they are.")
    matched: list[ConversionMatch] = strawberry.field(description="What the lead's company and contact were found by, and what else they may be.")
    too_many: list[str] = strawberry.field(
        description="What so many companies share that they were not compared; empty: `matched` holds all there are.")
    related_leads: list[Any] = strawberry.field(
        resolver=_leads, graphql_type=list[LEAD], description="Other open leads at the company, who could join: name them in relatedIds.")
    open_deals: list[Any] = strawberry.field(
        resolver=_deals, graphql_type=list[DEAL],
        description="Open deals of the company and of the person, 50 at most, that the lead could join: name one as `deal: {action: USE, id}`.")


@strawberry.type
class ConversionQueries:
    @strawberry.field(description="What convertLead would do with this input, by the same planner. Changes nothing; expectations and keys are not looked at.")
    async def preview_conversion(
        self, info: Info, input: Annotated[ConvertLeadInput, strawberry.argument(description="The lead, and what it is to become.")]
    ) -> ConversionPreview:
        viewer = info.context.viewer
        viewer.need("leads", "read")
        check_lengths(input)
        lead, wanted = id_of(input.id, "Lead", "id"), wish(input)
        async with info.context.lock:
            tx = await info.context.reader()
            await _all_seen(tx, info, input)
            return await _shaped(tx, info, await conversion.look(tx, lead, wanted))


async def _all_seen(tx: Tx, info: Info, input: ConvertLeadInput) -> None:
    """NotFound for the first record named that is not there, or hidden from the viewer."""
    for name, ids in named(input).items():
        noun = {"lead": "Lead", "related": "Lead"}.get(name) or name.removeprefix("given_").title()
        field = {"lead": "id", "related": "related_ids"}.get(name) or f"{name.removeprefix('given_')}.id"
        wanted = [id_of(id, noun, field) for id in cast("list[str]", ids if isinstance(ids, list) else [ids])]
        if set(await _seen(tx, info, noun, wanted)) != set(wanted):
            raise NotFound(noun=CATALOG[noun].singular, field=field)


async def _shaped(tx: Tx, info: Info, found: Preview) -> ConversionPreview:
    denied = info.context.viewer.denied
    records = told.records(found.plan) if found.plan else []
    by_action = {action: [_record(one) for one in records if one["action"] == action] for action in ("CREATED", "FILLED", "LINKED", "MERGED")}
    conflicts = [told.conflict(one) for one in found.plan.conflicts] if found.plan else []
    return ConversionPreview(
        lead_ids=await _seen(tx, info, "Lead", found.related), deal_ids=await _seen(tx, info, "Deal", found.deals), plan_hash=found.hash,
        refusal=user_error(found.refusal) if found.refusal else None, created=by_action["CREATED"], filled=by_action["FILLED"], kept=by_action["LINKED"],
        merged=by_action["MERGED"], conflicts=conflicts_of(conflicts, denied), matched=await _matched(tx, info, found), too_many=list(found.crowded))


async def _matched(tx: Tx, info: Info, found: Preview) -> list[ConversionMatch]:
    """Those the viewer may see."""
    seen = {noun: set(await _seen(tx, info, noun, [one.id for one in found.matched if one.noun == noun])) for noun in ("Company", "Contact")}
    return [
        ConversionMatch(
            noun=one.noun, id=strawberry.ID(told.opaque(one.noun, one.id)), name=one.name or None, taken=one.taken, reason=one.reason,
            probability=one.probability, evidence=[MatchEvidence(**line) for line in one.evidence])
        for one in found.matched if one.id in seen[one.noun]
    ]  # fmt: skip


async def _seen(tx: Tx, info: Info, noun: str, ids: Iterable[Any]) -> list[Any]:
    """Which of these the viewer may see, in the same order."""
    wanted, viewer = list(ids), info.context.viewer
    if not wanted or not viewer.may(noun, "read"):
        return []
    seen = set(await matching_ids(tx, CATALOG[noun], {}, viewer, ids=wanted))
    return [id for id in wanted if id in seen]


def _record(one: dict[str, Any]) -> PlannedRecord:
    return PlannedRecord(noun=one["noun"], id=one["id"], name=one.get("name"), fields=one["fields"])
