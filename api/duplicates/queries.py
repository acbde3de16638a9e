"""Who may be meant, and why."""

from collections.abc import Iterable
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry

from api.act import id_of
from api.context import Context, Info
from api.grammar import GRAMMAR
from leadwell import dedupe
from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids

PERSON: Any = Optional[GRAMMAR.type("Person")]  # noqa: UP045
COMPANY: Any = Optional[GRAMMAR.type("Company")]  # noqa: UP045
TEXTS = ("first_name", "last_name", "name", "suffix", "company", "website", "street", "postal_code", "city", "country")


@strawberry.input(description="Somebody, or a company, as far as they are known.")
class MatchInput:
    first_name: str | None = strawberry.field(default=None, description="Given name.")
    last_name: str | None = strawberry.field(default=None, description="Family name.")
    name: str | None = strawberry.field(default=None, description="Full name, where its parts are not known.")
    suffix: str | None = strawberry.field(default=None, description="What follows the name, such as Jr.")
    emails: list[str] = strawberry.field(default_factory=list, description="E-mail addresses.")
    phones: list[str] = strawberry.field(default_factory=list, description="Phone numbers; those without + are read as of the country.")
    company: str | None = strawberry.field(default=None, description="Company name.")
    website: str | None = strawberry.field(default=None, description="The company's web site or domain.")
    street: str | None = strawberry.field(default=None, description="Street and number.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code.")
    city: str | None = strawberry.field(default=None, description="City.")
    country: str | None = strawberry.field(default=None, description="Country, by name or ISO 3166-1 code.")


@strawberry.type(description="What one field says about two records.")
class MatchEvidence:
    field: str = strawberry.field(description="The field.")
    level: str = strawberry.field(description="How the two compare in it.")
    bits: float = strawberry.field(description="What that weighs: above 0 for one record, below 0 against.")


async def _person(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Person", root.record_id)


async def _company(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "Company", root.record_id)


@strawberry.type(description="A person who may be meant.")
class PersonMatch:
    record_id: strawberry.Private[UUID]
    probability: float = strawberry.field(description="How likely it is the one, 0 to 1.")
    decision: str = strawberry.field(description="LINK, REVIEW or IGNORE under the workspace's thresholds.")
    held: list[str] = strawberry.field(description="Fields because of which nobody links them without asking.")
    evidence: list[MatchEvidence] = strawberry.field(description="What speaks for it and against it, strongest first.")
    person: Any = strawberry.field(resolver=_person, graphql_type=PERSON, description="The person.")


@strawberry.type(description="A company that may be meant.")
class CompanyMatch:
    record_id: strawberry.Private[UUID]
    probability: float = strawberry.field(description="How likely it is the one, 0 to 1.")
    decision: str = strawberry.field(description="LINK, REVIEW or IGNORE under the workspace's thresholds.")
    held: list[str] = strawberry.field(description="Fields because of which nobody links them without asking.")
    evidence: list[MatchEvidence] = strawberry.field(description="What speaks for it and against it, strongest first.")
    company: Any = strawberry.field(resolver=_company, graphql_type=COMPANY, description="The company, with its other leads and deals.")


@strawberry.type(description="People and companies that may be meant, the likeliest first, at most 25 of each.")
class FoundMatches:
    people: list[PersonMatch] = strawberry.field(description="People.")
    companies: list[CompanyMatch] = strawberry.field(description="Companies.")
    too_many: list[str] = strawberry.field(
        description="What so many records share, a common name for one, that they were not compared; empty: these are all there are.")


@strawberry.type
class DuplicateQueries:
    @strawberry.field(description="Who may be one with a person or company, or be meant by a description; of a lead also its company. Changes nothing.")
    async def find_matches(
        self,
        info: Info,
        input: Annotated[MatchInput | None, strawberry.argument(description="A description.")] = None,
        person_id: Annotated[strawberry.ID | None, strawberry.argument(description="A person.")] = None,
        lead_id: Annotated[strawberry.ID | None, strawberry.argument(description="A lead.")] = None,
        company_id: Annotated[strawberry.ID | None, strawberry.argument(description="A company.")] = None,
    ) -> FoundMatches:
        asked = {"input": input, "Person": person_id, "Lead": lead_id, "Company": company_id}
        ((noun, what), *more) = [(name, value) for name, value in asked.items() if value is not None] or [("", None)]
        if not noun or more:
            raise dedupe.OneQuestion()
        context = info.context
        async with context.lock:
            tx = await context.reader()
            found = await _described(tx, context, what) if isinstance(what, MatchInput) else await _known(tx, context, noun, str(what))
            return await _shaped(tx, context, found)


async def _described(tx: Tx, context: Context, given: MatchInput) -> dedupe.Found:
    context.viewer.need("people", "read")
    for field, path in (("emails", "Person.email"), ("phones", "Person.phone")):
        if getattr(given, field) and path in context.viewer.denied:     # who may not see addresses must not find out whose they are
            raise Forbidden(verb="read", noun=field, field=f"input.{field}")
    who = {name: getattr(given, name) for name in TEXTS}
    return await dedupe.described(tx, dedupe.Described(**who, emails=tuple(given.emails), phones=tuple(given.phones)))


async def _known(tx: Tx, context: Context, noun: str, text: str) -> dedupe.Found:
    field = f"{noun.lower()}_id"
    id, of = id_of(text, noun, field), CATALOG[noun]
    context.viewer.need(noun, "read")
    if not await matching_ids(tx, of, {}, context.viewer, ids=[id]):
        raise NotFound(noun=of.singular, field=field)
    if noun == "Lead":
        return await dedupe.of_lead(tx, id)
    matches = await (dedupe.of_person(tx, id) if noun == "Person" else dedupe.of_company(tx, id))
    return dedupe.Found(people=matches) if noun == "Person" else dedupe.Found(companies=matches)


async def _shaped(tx: Tx, context: Context, found: dedupe.Found) -> FoundMatches:
    people, companies = await _seen(tx, context, "Person", found.people.found), await _seen(tx, context, "Company", found.companies.found)
    return FoundMatches(
        people=[PersonMatch(**_told(match)) for match in people], companies=[CompanyMatch(**_told(match)) for match in companies],
        too_many=sorted({*found.people.crowded, *found.companies.crowded}))


async def _seen(tx: Tx, context: Context, noun: str, matches: Iterable[dedupe.Match]) -> list[dedupe.Match]:
    """Those the viewer may see."""
    told = list(matches)
    if not told or not context.viewer.may(noun, "read"):
        return []
    seen = set(await matching_ids(tx, CATALOG[noun], {}, context.viewer, ids=[match.id for match in told]))
    return [match for match in told if match.id in seen]


def _told(match: dedupe.Match) -> dict[str, Any]:
    return {
        "record_id": match.id, "probability": round(match.verdict.probability, 6), "decision": match.decision, "held": list(match.verdict.held),
        "evidence": [MatchEvidence(field=e.field, level=e.level, bits=round(e.bits, 2)) for e in match.verdict.evidence],
    }
