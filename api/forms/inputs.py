"""What forms are made of, and how it is read."""

from collections.abc import Sequence
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, given, id_of
from api.grammar import GRAMMAR
from leadwell.capture import BadForm, FormConsent, FormField
from models.columns import Choice
from models.leads import Intent


class FormFieldType(Choice):
    """How a field is asked for."""

    TEXT = "TEXT", "One line."
    TEXTAREA = "TEXTAREA", "Several lines."
    EMAIL = "EMAIL", "An e-mail address."
    PHONE = "PHONE", "A phone number."
    URL = "URL", "A web address."
    NUMBER = "NUMBER", "A number."
    CHOICE = "CHOICE", "One of the options."


GRAMMAR.enum(FormFieldType)
GRAMMAR.enum(Intent)


@strawberry.input(description="A field of a form.")
class FormFieldInput:
    name: str = strawberry.field(description="Its name in what is sent.")
    label: str | None = strawberry.field(default=None, description="What people read beside it.")
    required: bool = strawberry.field(default=False, description="It must be filled in.")
    target: str | None = strawberry.field(default=None, description="What it fills, such as firstName, company or custom.size; missing: its own name.")
    default: str | None = strawberry.field(default=None, description="Its value when none is sent.")
    hidden: bool = strawberry.field(default=False, description="Always the default, whatever is sent.")
    type: FormFieldType | None = strawberry.field(default=None, description="How it is asked for; missing: as suits what it fills.")
    options: list[str] = strawberry.field(default_factory=list, description="What a CHOICE may be.")
    hint: str | None = strawberry.field(default=None, description="What people read under it.")


@strawberry.input(description="A box to tick.")
class FormConsentInput:
    topic_id: strawberry.ID = strawberry.field(description="What is agreed to.")
    text: str = strawberry.field(description="The words beside the box.")
    version: str = strawberry.field(description="The version of these words; the words of a version never change.")
    required: bool = strawberry.field(default=False, description="The form is not taken without it.")


OPT_IN = "Nothing is made of a submission until its address is confirmed by mail."
HOURS = "How long the link of that mail is good for, in hours: 1 to 2,160."
SECONDS = "What is sent sooner than that after the page was drawn is parked as a program's: 0 to 60."
BITS = "How hard the browser has to work for a submission, in bits: 0 (not at all) to 24; 18 takes about a second. Without script it is parked."
MINUTE = "Submissions a minute; those above wait, parked."
COUNTRY = "Where numbers without a country code are from, such as DE."
LOCALE = "The language that it and its mail speak, such as de or pt-BR; missing: the workspace's. It knows English, German, French, Spanish and Turkish."
WORDS = 'What it says otherwise than its language does: {"mailSubject": "Your place in {form}"}.'


@strawberry.input(description="A public form to make.")
class CreateFormInput:
    name: str = strawberry.field(description="Name people see.")
    fields: list[FormFieldInput] = strawberry.field(description="Its fields, in order.")
    intent: Intent = strawberry.field(default=Intent.HAND_RAISE, description="How much a submission asks for.")
    consents: list[FormConsentInput] = strawberry.field(default_factory=list, description="Boxes to tick.")
    source_id: strawberry.ID | None = strawberry.field(default=None, description="The source of its leads.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign of its leads.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who gets its leads.")
    queue_id: strawberry.ID | None = strawberry.field(default=None, description="Which queue shares its leads out, where it has no owner.")
    allowed_origins: list[str] = strawberry.field(default_factory=list, description="Sites it may be sent from; none: any. Its own page may always.")
    thank_you: str | None = strawberry.field(default=None, description="What the sender reads.")
    redirect_url: str | None = strawberry.field(default=None, description="Where the sender goes.")
    intro: str | None = strawberry.field(default=None, description="What stands above the fields of its page.")
    button: str | None = strawberry.field(default=None, description="What stands on the button of its page.")
    locale: str | None = strawberry.field(default=None, description=LOCALE)
    words: JSON | None = strawberry.field(default=None, description=WORDS)
    country: str | None = strawberry.field(default=None, description=COUNTRY)
    double_opt_in: bool = strawberry.field(default=False, description=OPT_IN)
    opt_in_hours: int = strawberry.field(default=168, description=HOURS)
    min_seconds: int = strawberry.field(default=0, description=SECONDS)
    proof_bits: int = strawberry.field(default=0, description=BITS)
    per_minute: int | None = strawberry.field(default=None, description=MINUTE)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a form. What is left out stays.")
class UpdateFormInput:
    id: strawberry.ID = strawberry.field(description="The form.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    fields: strawberry.Maybe[list[FormFieldInput]] = strawberry.field(description="All of its fields, in order.")
    intent: strawberry.Maybe[Intent] = strawberry.field(description="How much a submission asks for.")
    consents: strawberry.Maybe[list[FormConsentInput]] = strawberry.field(description="All of its boxes. Other words need another version.")
    source_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The source of its leads.")
    campaign_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The campaign of its leads.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who gets its leads.")
    queue_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Which queue shares its leads out, where it has no owner.")
    allowed_origins: strawberry.Maybe[list[str]] = strawberry.field(description="Sites it may be sent from; none: any.")
    thank_you: strawberry.Maybe[str | None] = strawberry.field(description="What the sender reads.")
    redirect_url: strawberry.Maybe[str | None] = strawberry.field(description="Where the sender goes.")
    intro: strawberry.Maybe[str | None] = strawberry.field(description="What stands above the fields of its page.")
    button: strawberry.Maybe[str | None] = strawberry.field(description="What stands on the button of its page.")
    locale: strawberry.Maybe[str | None] = strawberry.field(description=LOCALE)
    words: strawberry.Maybe[JSON | None] = strawberry.field(description=WORDS + " The whole of it.")
    country: strawberry.Maybe[str | None] = strawberry.field(description=COUNTRY)
    double_opt_in: strawberry.Maybe[bool] = strawberry.field(description=OPT_IN)
    opt_in_hours: strawberry.Maybe[int] = strawberry.field(description=HOURS)
    min_seconds: strawberry.Maybe[int] = strawberry.field(description=SECONDS)
    proof_bits: strawberry.Maybe[int] = strawberry.field(description=BITS)
    per_minute: strawberry.Maybe[int | None] = strawberry.field(description=MINUTE)
    is_active: strawberry.Maybe[bool] = strawberry.field(description="Takes submissions.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


LINKS = {"source_id": "Source", "campaign_id": "Campaign", "owner_id": "User", "queue_id": "LeadQueue"}
PLAIN = (
    "name", "allowed_origins", "thank_you", "redirect_url", "intro", "button", "locale", "country", "double_opt_in", "opt_in_hours", "min_seconds",
    "proof_bits", "per_minute",
)  # fmt: skip


def new_values(input: CreateFormInput) -> dict[str, Any]:
    """By the names of NewForm."""
    return {name: getattr(input, name) for name in PLAIN} | read_values({n: getattr(input, n) for n in ("fields", "intent", "consents", "words", *LINKS)})


def changed_values(input: UpdateFormInput) -> dict[str, Any]:
    """Those that were sent."""
    plain = given(input, *PLAIN, "is_active")
    return plain | read_values(given(input, "fields", "intent", "consents", "words", *LINKS))


def read_values(sent: dict[str, Any]) -> dict[str, Any]:
    """Lists as the shapes of capture, ids as uuids."""
    found: dict[str, Any] = {name: id_of(value, noun, name) if (value := sent[name]) else None for name, noun in LINKS.items() if name in sent}
    if "intent" in sent:
        found["intent"] = str(sent["intent"].value)
    if "words" in sent:
        found["words"] = _words(sent["words"])
    if "fields" in sent:
        found["fields"] = _fields(sent["fields"])
    if "consents" in sent:
        found["consents"] = _consents(sent["consents"])
    return found


def _words(words: Any) -> dict[str, Any]:
    if words is not None and not isinstance(words, dict):
        raise BadForm(field="words", problem="Words are an object of names and texts.")
    return dict(cast("dict[str, Any]", words or {}))


def _fields(fields: Sequence[FormFieldInput]) -> list[FormField]:
    return [
        FormField(f.name, f.label, f.required, f.target, f.default, f.hidden, str(f.type.value) if f.type else None, tuple(f.options), f.hint) for f in fields
    ]


def _consents(consents: Sequence[FormConsentInput]) -> list[FormConsent]:
    return [FormConsent(id_of(c.topic_id, "Topic", f"consents.{i}.topic_id"), c.text, c.version, c.required) for i, c in enumerate(consents)]
