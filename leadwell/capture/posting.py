"""Makes a submission of what a form's visitor sent, or says per field what is wrong. Pure."""

from collections.abc import Mapping
from typing import Any

from leadwell.base.refusals import Refusal
from leadwell.capture.fields import FIELDS
from leadwell.capture.forms import Form, FormField
from leadwell.capture.reading import read, text
from leadwell.capture.submissions import TOUCH, ConsentGiven, Defaults, FieldFlaw, Submission
from leadwell.capture.words import SAID

HONEYPOT = "_gotcha"
DEDUPE = "_id"
LONGEST = 10_000
# What advertisers hang on the links of their ads: Google, Meta, Microsoft, LinkedIn, TikTok, X, Pinterest, Reddit, Snapchat.
CLICK_IDS = ("gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "li_fat_id", "ttclid", "twclid", "epik", "rdt_cid", "ScCid")
MOST_VALUES = 200
TRUE = frozenset(("1", "on", "true", "yes", "y", "x"))
# Flaws that a visitor cannot be asked to mend.
SOFT = frozenset(("PHONE_NEEDS_COUNTRY", "NUL_CHARACTER"))


class OriginRefused(Refusal):
    """This form may not be sent from {origin}."""

    fix = "Add the origin to the form's allowed origins."
    status = 403


class FormRefused(Refusal):
    """{count} field(s) of the form need another look."""

    def __init__(self, flaws: list[FieldFlaw]) -> None:
        self.flaws = flaws
        super().__init__(field=flaws[0].field or None, count=len(flaws), errors=[as_error(flaw) for flaw in flaws])


def as_error(flaw: FieldFlaw) -> dict[str, Any]:
    """One field's error in the shape every door uses."""
    return {"code": flaw.code, "message": flaw.message, "field": flaw.field or None}


def check_origin(form: Form, origin: str | None) -> None:
    """A browser says where it comes from; a form that lists origins takes no other."""
    if origin and form.allowed_origins and origin.lower() not in form.allowed_origins:
        raise OriginRefused(origin=origin[:200])


def posted(form: Form, sent: Mapping[str, Any], *, ip: str | None = None, user_agent: str | None = None, referrer: str | None = None) -> Submission:
    """The submission, or FormRefused naming every field that is missing or cannot be read. A filled honeypot is parked, and the sender thanked."""
    flaws = _shape(form, sent)
    fields, extra = _values(form, sent, flaws)
    consents = _consents(form, sent, flaws)
    touch = touch_of(sent)
    dedupe = text(sent.get(DEDUPE))[:100]
    submission = Submission(
        "FORM", {**fields, **extra}, form.intent, {"referrer": referrer or "", **touch}, consents,
        Defaults(source_id=form.source_id, campaign_id=form.campaign_id, owner_id=form.owner_id, country=form.country, subject=form.name),
        form_id=form.id, dedupe_key=f"form:{form.id}:{dedupe}" if dedupe else None, ip=ip, user_agent=user_agent,
        park="The honeypot field was filled in, so a program sent this." if text(sent.get(HONEYPOT)) else None,
    )  # fmt: skip
    if submission.park:
        return submission
    shown = {field.fills: field.name for field in form.fields if not field.hidden}
    found = [FieldFlaw(shown.get(flaw.field, flaw.field), flaw.code, _told(form, flaw)) for flaw in read(submission).flaws if flaw.code not in SOFT]
    missing = {flaw.field for flaw in flaws}
    flaws += [flaw for flaw in found if flaw.field not in missing and not (flaw.code == "NOBODY_NAMED" and (flaws or len(found) > 1))]
    if flaws:
        raise FormRefused(flaws)
    return submission


def _told(form: Form, flaw: FieldFlaw) -> str:
    """What is wrong, in the form's language; in English it is told more exactly."""
    name = "badEmail" if flaw.code == "EMAIL_REQUIRED" else _camel(flaw.code.lower())
    name = name if name in SAID else "unreadable"
    return form.voice.say(name) if name in form.words or form.voice.language != "en" else flaw.message


def _shape(form: Form, sent: Mapping[str, Any]) -> list[FieldFlaw]:
    if len(sent) > MOST_VALUES:
        return [FieldFlaw("", "TOO_MANY_VALUES", f"{len(sent)} values were sent; {MOST_VALUES} are allowed.")]
    return [
        FieldFlaw(name[:64], "TOO_LONG", form.voice.say("tooLong", most=LONGEST))
        for name, value in sent.items() if isinstance(value, str) and len(value) > LONGEST
    ]  # fmt: skip


def _values(form: Form, sent: Mapping[str, Any], flaws: list[FieldFlaw]) -> tuple[dict[str, str], dict[str, str]]:
    """Values by what they fill, and what fills nothing, which is kept with the raw submission."""
    fields: dict[str, str] = {}
    extra: dict[str, str] = {}
    for field in form.fields:
        value = field.default or "" if field.hidden else text(sent.get(field.name)) or field.default or ""
        if field.required and not value.strip():
            flaws.append(FieldFlaw(field.name, "REQUIRED", form.voice.say("required", label=_label(field))))
        if value and field.options and value not in field.options:
            flaws.append(FieldFlaw(field.name, "BAD_CHOICE", form.voice.say("badChoice", label=_label(field))))
        if value:
            (fields if field.fills in FIELDS else extra)[field.fills] = value
    return fields, extra


def _consents(form: Form, sent: Mapping[str, Any], flaws: list[FieldFlaw]) -> tuple[ConsentGiven, ...]:
    given: list[ConsentGiven] = []
    for consent in form.consents:
        if text(sent.get(consent.name)).strip().lower() in TRUE:
            given.append(ConsentGiven(str(consent.topic_id), consent.version, consent.text))
        elif consent.required:
            flaws.append(FieldFlaw(consent.name, "CONSENT_REQUIRED", form.voice.say("consentRequired")))
    return tuple(given)


def touch_of(sent: Mapping[str, Any]) -> dict[str, str]:
    """How somebody came here, from the parameters of a link: utm_* and the click ids of advertisers, which keep their name ("gclid:…")."""
    touch = {name: text(sent.get(name) or sent.get(_camel(name)))[:2000] for name in TOUCH}
    if not touch["click_id"]:
        touch["click_id"] = next((f"{name}:{value}"[:2000] for name in CLICK_IDS if (value := text(sent.get(name)))), "")
    return {name: value for name, value in touch.items() if value}


def _label(field: FormField) -> str:
    return field.label or field.name


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
