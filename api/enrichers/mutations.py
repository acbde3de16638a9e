"""Makes and changes providers outside, and sets the order in which providers are believed."""

from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import RecordInput
from api.grammar import GRAMMAR
from leadwell import enrichment
from leadwell.base.tx import Tx
from leadwell.enrichment import MadeProvider, NewProvider
from models.enrichment import ProviderKind, PushSignature

for choices in (ProviderKind, PushSignature):
    GRAMMAR.enum(choices)
MAPPING = (
    "How it is asked and read: url, headers, body, by (email or domain), fields ({field: JSON pointer}), identity, error, items, confidence; "
    "docs/guide/enrichment.md shows one."
)
SECRETS = "Secrets by name, to stand in headers or the body as {secret:NAME}; SIGNING signs pushes. Kept sealed, never shown."
RULES = "waterfall ({field: [{provider, when}]}), refreshDays and floor; docs/guide/enrichment.md shows one."


@strawberry.input(description="A provider outside to be asked or listened to.")
class CreateEnrichmentProviderInput:
    code: str = strawberry.field(description="Its name in policies and provenance: small letters, digits, - and _.")
    kind: ProviderKind = strawberry.field(description="How it is asked.")
    name: str = strawberry.field(default="", description="Name people see; missing: the code.")
    mapping: JSON | None = strawberry.field(default=None, description=MAPPING)
    secrets: JSON | None = strawberry.field(default=None, description=SECRETS)
    is_active: bool = strawberry.field(default=True, description="It is asked, or may push.")
    signature: PushSignature | None = strawberry.field(default=None, description="How a push proves who it is from; missing: HMAC.")
    signature_header: str | None = strawberry.field(default=None, description="The header that holds an HMAC; missing: X-Signature.")
    ttl_hours: int = strawberry.field(default=720, description="How long what it found counts.")
    miss_ttl_hours: int = strawberry.field(default=168, description="How long it is not asked again about what it did not know.")
    per_minute: int = strawberry.field(default=60, description="How often it may be asked a minute.")
    cost: int = strawberry.field(default=0, description="Credits that one question costs.")
    charges_misses: bool = strawberry.field(default=False, description="Whether it charges for what it did not find.")
    monthly_budget: int | None = strawberry.field(default=None, description="Credits a calendar month at most; missing: no limit.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a provider. What is left out stays.")
class UpdateEnrichmentProviderInput:
    id: strawberry.ID = strawberry.field(description="The provider.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    mapping: strawberry.Maybe[JSON] = strawberry.field(description=MAPPING + " The whole of it.")
    secrets: JSON | None = strawberry.field(default=None, description="Secrets by name; null takes one away, others stay.")
    is_active: strawberry.Maybe[bool] = strawberry.field(description="It is asked, or may push.")
    signature: strawberry.Maybe[PushSignature | None] = strawberry.field(description="How a push proves who it is from.")
    signature_header: strawberry.Maybe[str | None] = strawberry.field(description="The header that holds an HMAC.")
    ttl_hours: strawberry.Maybe[int] = strawberry.field(description="How long what it found counts.")
    miss_ttl_hours: strawberry.Maybe[int] = strawberry.field(description="How long it is not asked again about what it did not know.")
    per_minute: strawberry.Maybe[int] = strawberry.field(description="How often it may be asked a minute.")
    cost: strawberry.Maybe[int] = strawberry.field(description="Credits that one question costs.")
    charges_misses: strawberry.Maybe[bool] = strawberry.field(description="Whether it charges for what it did not find.")
    monthly_budget: strawberry.Maybe[int | None] = strawberry.field(description="Credits a calendar month at most.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A new version of the policy.")
class SetEnrichmentPolicyInput:
    rules: JSON = strawberry.field(description=RULES)
    expected_number: int | None = strawberry.field(default=None, description="The number you read, 0 if there was none; refused if there is a newer one.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(enrichment_provider="EnrichmentProvider")
class CreateEnrichmentProviderPayload:
    """What createEnrichmentProvider answers."""

    secret: str | None = strawberry.field(default=None, description="What pushes are signed with, where we made it; shown this once.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrichment_provider="EnrichmentProvider")
class EnrichmentProviderPayload:
    """The provider as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(enrichment_policy="EnrichmentPolicy")
class SetEnrichmentPolicyPayload:
    """The policy that holds from now on."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


NUMBERS = ("ttl_hours", "miss_ttl_hours", "per_minute", "cost", "charges_misses", "monthly_budget")
PLAIN = ("name", "is_active", "signature_header", *NUMBERS)


@strawberry.type
class EnricherMutations:
    @strawberry.mutation(description="Sets up a provider outside: it is asked from now on, about whoever lacks what it may know.")
    async def create_enrichment_provider(self, info: Info, input: CreateEnrichmentProviderInput) -> CreateEnrichmentProviderPayload:
        async def verb(tx: Tx) -> MadeProvider:
            plain = {name: getattr(input, name) for name in PLAIN}
            signature = input.signature and str(input.signature.value)
            new = NewProvider(input.code, input.kind.value, mapping=_object(input.mapping, "mapping"), signature=signature, **plain)  # type: ignore[arg-type]
            return await enrichment.create_provider(tx, new, _texts(input.secrets))

        return await act(
            info, CreateEnrichmentProviderPayload, "enrichmentProviders", "create", verb, input=input,
            shape=lambda made: {"enrichment_provider": made.id}, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Changes a provider; its code and kind stay.")
    async def update_enrichment_provider(self, info: Info, input: UpdateEnrichmentProviderInput) -> EnrichmentProviderPayload:
        async def verb(tx: Tx) -> UUID:
            id, sent = id_of(input.id, "EnrichmentProvider", "id"), given(input, *PLAIN, "signature", "mapping")
            if "mapping" in sent:
                sent["mapping"] = _object(sent["mapping"], "mapping")
            if sent.get("signature"):
                sent["signature"] = str(sent["signature"].value)
            await enrichment.update_provider(tx, id, sent, input.expected_version, given=_texts(input.secrets, empty=True))
            return id

        return await act(
            info, EnrichmentProviderPayload, "enrichmentProviders", "update", verb, input=input, about={"enrichment_provider": input.id},
            shape=lambda id: {"enrichment_provider": id})

    @strawberry.mutation(description="Puts a provider away: it is not asked any more. What it filled stays.")
    async def archive_enrichment_provider(self, info: Info, input: RecordInput) -> EnrichmentProviderPayload:
        return await _put_away(info, input, away=True)

    @strawberry.mutation(description="Brings a provider back.")
    async def unarchive_enrichment_provider(self, info: Info, input: RecordInput) -> EnrichmentProviderPayload:
        return await _put_away(info, input, away=False)

    @strawberry.mutation(description="Sets per field the providers in the order in which they are believed, and how old a look may become.")
    async def set_enrichment_policy(self, info: Info, input: SetEnrichmentPolicyInput) -> SetEnrichmentPolicyPayload:
        async def verb(tx: Tx) -> UUID:
            return await enrichment.set_policy(tx, input.rules, input.expected_number)

        return await act(
            info, SetEnrichmentPolicyPayload, "enrichmentProviders", "update", verb, input=input, shape=lambda id: {"enrichment_policy": id})


async def _put_away(info: Info, input: RecordInput, *, away: bool) -> EnrichmentProviderPayload:
    async def verb(tx: Tx) -> UUID:
        id = id_of(input.id, "EnrichmentProvider", "id")
        await enrichment.archive_provider(tx, id, input.expected_version, away=away)
        return id

    return await act(
        info, EnrichmentProviderPayload, "enrichmentProviders", "update", verb, input=input, about={"enrichment_provider": input.id},
        shape=lambda id: {"enrichment_provider": id})


def _object(value: Any, field: str) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise enrichment.BadProvider(field=field, problem=f"`{field}` is an object.")
    return cast("dict[str, Any]", value or {})


def _texts(value: Any, *, empty: bool = False) -> dict[str, Any]:
    found = _object(value, "secrets")
    if not all(isinstance(text, str) or (empty and text is None) for text in found.values()):
        raise enrichment.BadProvider(field="secrets", problem="A secret is a text.")
    return found
