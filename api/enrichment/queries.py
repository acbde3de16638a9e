"""The dry run of enrichment, and what it may fill."""

from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.enrichment import seen
from leadwell import enrichment
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Forbidden
from leadwell.catalog import CATALOG
from leadwell.enrichment import Decision, Preview
from leadwell.enrichment.fields import BY_COLUMN


@strawberry.type(description="One value that enriching would fill in or suggest.")
class EnrichmentDecision:
    field: str = strawberry.field(description='The field, such as "person.title".')
    record_id: str = strawberry.field(description="The record it is about.")
    action: str = strawberry.field(description="FILL, or SUGGEST where somebody better than a provider has spoken.")
    before: JSON | None = strawberry.field(description="What the field holds.")
    value: JSON | None = strawberry.field(description="What it would hold.")
    provider: str = strawberry.field(description="Who says so.")
    confidence: float = strawberry.field(description="How sure it is, 0 to 1.")
    evidence: JSON = strawberry.field(description="What speaks for it.")


@strawberry.type(description="One question that a provider outside would be asked.")
class EnrichmentQuestion:
    provider: str = strawberry.field(description="The provider's code.")
    key: str = strawberry.field(description="The e-mail address or domain it would be asked about.")
    credits: int = strawberry.field(description="What the question may cost.")


@strawberry.type(description="What enriching somebody now would do.")
class EnrichmentPreview:
    person_id: strawberry.ID = strawberry.field(description="Whom it is about.")
    decisions: list[EnrichmentDecision] = strawberry.field(description="What would change at once, and what would be suggested.")
    questions: list[EnrichmentQuestion] = strawberry.field(description="Who would be asked first; what they answer decides about their fields.")
    steps: JSON = strawberry.field(description="Providers outside that have answered already: provider, key, state.")


@strawberry.type
class EnrichmentQueries:
    @strawberry.field(description="A dry run: exactly what enriching somebody now would change, suggest and ask. Nothing is changed and nobody asked.")
    async def preview_enrichment(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="A person, lead or contact.")],
    ) -> EnrichmentPreview:
        viewer = info.context.viewer
        async with info.context.lock:
            tx = await info.context.reader()
            (person,) = await seen.people(tx, viewer, [str(id)], "read", "id")
            if "Person.email" in viewer.denied:
                raise Forbidden(verb="read", noun="contact data")
            return _shaped(await enrichment.preview(tx, person))

    @strawberry.field(description='The fields that enrichment may fill, by their names in policies and mappings, such as "person.title".')
    async def enrichment_fields(self, info: Info) -> list[str]:
        info.context.viewer.need("people", "read")
        return list(enrichment.FIELDS)


def _shaped(found: Preview) -> EnrichmentPreview:
    return EnrichmentPreview(
        person_id=strawberry.ID(encode_id(CATALOG["Person"].tag, found.person_id)), decisions=[_decision(one) for one in found.decisions],
        questions=[EnrichmentQuestion(provider=one.provider, key=one.key, credits=one.credits) for one in found.asks], steps=cast("Any", list(found.steps)))


def _decision(one: Decision) -> EnrichmentDecision:
    about, known = one.proposal, {noun.name for noun in CATALOG}
    record = encode_id(CATALOG[about.noun].tag, about.record_id) if about.noun in known else str(about.record_id)
    return EnrichmentDecision(
        field=BY_COLUMN[about.noun, about.field].name, record_id=record, action=one.action, before=one.before, value=about.value, provider=about.provider,
        confidence=about.confidence, evidence=cast("Any", about.evidence))
