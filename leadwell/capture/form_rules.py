"""What a form may be: everything it could not work with is refused, by field. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from leadwell.base.identity import clean, country_code
from leadwell.capture.fields import FIELDS, IDENTIFYING
from leadwell.capture.forms import NAME, TYPES, BadForm, FormConsent, FormField, NewForm
from leadwell.capture.own_values import PREFIX
from leadwell.capture.rules import INTENTS
from leadwell.capture.words import LOCALE, flaw

MOST_FIELDS, MOST_CONSENTS, MOST_ORIGINS, MOST_OPTIONS = 60, 20, 100, 200
RANGES = {"opt_in_hours": (1, 2160), "min_seconds": (0, 60), "proof_bits": (0, 24), "per_minute": (1, 100_000)}


def checked(new: NewForm) -> None:
    """BadForm with the field that is wrong."""
    if not clean(new.name):
        raise BadForm(field="name", problem="A form needs a name.")
    if new.intent not in INTENTS:
        raise BadForm(field="intent", problem=f'"{new.intent}" is not an intent.', fix=f"Use one of {', '.join(INTENTS)}.")
    _fields(new)
    _consents(new.consents)
    _purpose(new)
    if new.redirect_url and not _is_address(new.redirect_url):
        raise BadForm(field="redirect_url", problem="The address to go to must begin with https://.")
    if new.country and country_code(new.country) != new.country:
        raise BadForm(field="country", problem=f'"{new.country[:40]}" is no code of a country.', fix="Give two letters, such as DE.")
    _spoken(new)
    for name, (low, high) in RANGES.items():
        value: int | None = getattr(new, name)
        if value is not None and not low <= value <= high:
            raise BadForm(field=name, problem=f"{value} is out of range.", fix=f"Give a number from {low} to {high}.")


def _fields(new: NewForm) -> None:
    names = [field.name for field in new.fields]
    if not 1 <= len(names) <= MOST_FIELDS:
        raise BadForm(field="fields", problem=f"A form has 1 to {MOST_FIELDS} fields; this one has {len(names)}.")
    for i, field in enumerate(new.fields):
        if not NAME.fullmatch(field.name) or names.count(field.name) > 1 or field.name.startswith("consent_"):
            raise BadForm(field=f"fields.{i}.name", problem=f'"{field.name[:60]}" cannot be a field\'s name, or is there twice.')
        if field.fills not in FIELDS and field.target and not field.target.startswith(PREFIX):
            raise BadForm(field=f"fields.{i}.target", problem=f'There is no field "{field.target[:60]}".', fix=f"Use one of {', '.join(FIELDS)}.")
        _field(f"fields.{i}", field)


def _field(path: str, field: FormField) -> None:
    if field.kind not in TYPES:
        raise BadForm(field=f"{path}.type", problem=f'"{field.kind[:40]}" is no type of a field.', fix=f"Use one of {', '.join(TYPES)}.")
    options = [clean(option) for option in field.options]
    if (field.kind == "CHOICE") != bool(options) or len(options) > MOST_OPTIONS or not all(options) or len(set(options)) != len(options):
        raise BadForm(field=f"{path}.options", problem=f"A CHOICE has 1 to {MOST_OPTIONS} options, all different; other fields have none.")
    if field.hidden and field.required and not (field.default or "").strip():
        raise BadForm(field=f"{path}.default", problem=f'"{field.name}" is required and hidden, so it needs a default.')
    if field.default and options and field.default not in options:
        raise BadForm(field=f"{path}.default", problem=f'"{field.default[:60]}" is none of the options.')


def _consents(consents: Sequence[FormConsent]) -> None:
    if len(consents) > MOST_CONSENTS:
        raise BadForm(field="consents", problem=f"A form asks for at most {MOST_CONSENTS} consents.")
    for i, one in enumerate(consents):
        if not one.text.strip():
            raise BadForm(field=f"consents.{i}.text", problem="A box to tick needs words beside it.")
        if not one.version.strip():
            raise BadForm(field=f"consents.{i}.version", problem="The words of a consent need a version, so that it can be shown later what was agreed to.")
        if [other.topic_id for other in consents].count(one.topic_id) > 1:
            raise BadForm(field=f"consents.{i}.topic_id", problem="A topic is asked for twice.")


def _purpose(new: NewForm) -> None:
    fills = {field.fills: field for field in new.fields}
    if new.intent == "SUBSCRIBE" and "email" not in fills:
        raise BadForm(field="fields", problem="A form to subscribe needs a field that fills email.")
    if new.double_opt_in and not ("email" in fills and fills["email"].required and not fills["email"].hidden):
        raise BadForm(field="fields", problem="Double opt-in needs a required field that fills email.")
    if not set(fills) & set(IDENTIFYING):
        raise BadForm(field="fields", problem=f"Nothing would say who sent it: add one of {', '.join(IDENTIFYING)}.")


def _spoken(new: NewForm) -> None:
    if new.locale and not LOCALE.fullmatch(new.locale):
        raise BadForm(field="locale", problem=f'"{new.locale[:40]}" is no language tag.', fix="Give one such as de or pt-BR.")
    for name, text in new.words.items():
        if problem := flaw(name, text):
            raise BadForm(field=f"words.{name[:60]}", problem=problem)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() or c in "\"'<>;\\" for c in text)
    except ValueError:
        return False


def origins(texts: Sequence[str]) -> list[str]:
    """As browsers send them. BadForm."""
    if len(texts) > MOST_ORIGINS:
        raise BadForm(field="allowed_origins", problem=f"At most {MOST_ORIGINS} origins are listed.")
    return list(dict.fromkeys(_origin(text) for text in texts))


def _origin(text: str) -> str:
    if _is_address(text.strip()):
        parts = urlsplit(text.strip())
        if parts.path in ("", "/") and not parts.query and not parts.fragment and not parts.username:
            return f"{parts.scheme}://{parts.netloc}".lower()
    raise BadForm(field="allowed_origins", problem=f'"{text[:80]}" is not an origin.', fix="Give it like https://www.example.com.")
