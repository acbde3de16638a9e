"""Changes people, whatever they are by now."""

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import CUSTOM, CustomValueInput, with_values
from leadwell import contacts
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx

Text = strawberry.Maybe[str | None]
TEXTS = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "email", "phone", "title", "department", "seniority", "language", "time_zone",
         "country", "region", "city", "postal_code", "street")  # fmt: skip


@strawberry.input(description="Changes of a person. What is left out stays; null clears. The id of a merged person means the survivor.")
class UpdatePersonInput:
    id: strawberry.ID = strawberry.field(description="The person.")
    name: Text = strawberry.field(description="Full name; its parts follow.")
    prefix: Text = strawberry.field(description="Dr., Ms. and the like.")
    first_name: Text = strawberry.field(description="Given name.")
    middle_name: Text = strawberry.field(description="Middle name.")
    last_name: Text = strawberry.field(description="Family name.")
    suffix: Text = strawberry.field(description="Jr., PhD and the like.")
    email: Text = strawberry.field(description="Primary e-mail address; earlier ones are kept beside it.")
    phone: Text = strawberry.field(description="Primary phone number, with + and country code.")
    title: Text = strawberry.field(description="Job title.")
    department: Text = strawberry.field(description="Department.")
    seniority: Text = strawberry.field(description="Seniority.")
    language: Text = strawberry.field(description="Language, such as de.")
    time_zone: Text = strawberry.field(description="Time zone, such as Europe/Berlin.")
    country: Text = strawberry.field(description="Country, by name or ISO 3166-1 code.")
    region: Text = strawberry.field(description="State or region.")
    city: Text = strawberry.field(description="City.")
    postal_code: Text = strawberry.field(description="Postal code.")
    street: Text = strawberry.field(description="Street and number.")
    tracking: strawberry.Maybe[bool] = strawberry.field(description="Whether opens and clicks are recorded.")
    custom: list[CustomValueInput] | None = strawberry.field(default=None, description=CUSTOM)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(person="Person")
class PersonPayload:
    """What changing a person answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class PersonMutations:
    @strawberry.mutation(description="Changes a person, whether lead, contact or neither. The snapshot of a converted lead stays as it is.")
    async def update_person(self, info: Info, input: UpdatePersonInput) -> PersonPayload:
        async def verb(tx: Tx) -> Revision:
            changes = with_values(given(input, *TEXTS, "tracking"), input.custom)
            return await contacts.update_person(tx, id_of(input.id, "Person", "id"), changes, input.expected_version)

        return await act(
            info, PersonPayload, "people", "update", verb, input=input, shape=lambda _: {"person": id_of(input.id, "Person")}, about={"person": input.id})
