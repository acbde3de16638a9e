"""Writes down what people said about their consent, on the phone, on paper, or in another system."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry

from api.act import KEY, Info, act, id_of, payload
from api.grammar import GRAMMAR
from leadwell import consent
from leadwell.access.refusals import FieldNotYours
from leadwell.base.tx import Tx
from models.consent import ConsentBasis, ConsentSource

for choices in (ConsentBasis, ConsentSource):
    GRAMMAR.enum(choices)


@strawberry.input(description="A person's consent, given to somebody of yours.")
class RecordConsentInput:
    person_id: strawberry.ID = strawberry.field(description="The person.")
    topic_id: strawberry.ID = strawberry.field(description="What mail may be about.")
    source: ConsentSource = strawberry.field(description="Where they gave it.")
    address: str | None = strawberry.field(default=None, description="The address it is for; the person's primary one if left out.")
    basis: ConsentBasis = strawberry.field(default=ConsentBasis.CONSENT, description="Why writing is allowed.")
    wording_version: str | None = strawberry.field(default=None, description="Version of the words they agreed to.")
    proof: str | None = strawberry.field(default=None, description="What shows it: who heard it, where the paper is, a number of the other system.")
    ip: str | None = strawberry.field(default=None, description="The IP address it came from, where there was one.")
    at: datetime | None = strawberry.field(default=None, description="When they gave it; now, if left out. What was withdrawn since then stays withdrawn.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A person who does not want mail any more, and told somebody of yours.")
class WithdrawConsentInput:
    person_id: strawberry.ID = strawberry.field(description="The person.")
    source: ConsentSource = strawberry.field(description="Where they said it.")
    topic_id: strawberry.ID | None = strawberry.field(default=None, description="What they want no mail about; missing: everything but service mail.")
    address: str | None = strawberry.field(default=None, description="One address of theirs; all of them if left out.")
    proof: str | None = strawberry.field(default=None, description="What shows it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(consents=["Consent"])
class ConsentPayload:
    """What recordConsent and withdrawConsent answer: the acts that hold by it."""

    held_by: str | None = strawberry.field(
        default=None, description="Why mail about the topic does not leave all the same, such as SUPPRESSED_UNSUBSCRIBE or NO_CONSENT; null: it may.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ConsentMutations:
    @strawberry.mutation(description="Writes down that a person agreed to mail about a topic. It lifts no opt-out: only the person takes that back.")
    async def record_consent(self, info: Info, input: RecordConsentInput) -> ConsentPayload:
        return await _said(info, input, consent.record, basis=input.basis.value, wording_version=input.wording_version, ip=input.ip, at=input.at)

    @strawberry.mutation(description="Writes down that a person does not want mail about a topic, or any: as if they had said so on their own page.")
    async def withdraw_consent(self, info: Info, input: WithdrawConsentInput) -> ConsentPayload:
        return await _said(info, input, consent.withdraw)


async def _said(info: Info, input: Any, verb: Callable[[Tx, consent.Word], Awaitable[consent.Recorded]], **more: Any) -> ConsentPayload:
    async def work(tx: Tx) -> consent.Recorded:
        if input.address is not None and "Person.email" in info.context.viewer.denied:   # who may not see addresses must not find out whose they are
            raise FieldNotYours(field="address", path="Person.email")
        topic = None if input.topic_id is None else id_of(input.topic_id, "Topic", "topic_id")
        person = id_of(input.person_id, "Person", "person_id")
        return await verb(tx, consent.Word(person, topic, input.source.value, input.address, proof=input.proof, **more))

    return await act(
        info, ConsentPayload, "consents", "create", work, input=input, about={"person": input.person_id},
        shape=lambda done: {"consents": list(done.acts), "held_by": done.held})
