"""Which column fills which field: told, known from the layout of a product's export, or read from the column's name. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from leadwell.base.identity import key
from leadwell.capture.fields import SYNONYMS
from leadwell.transfer.extras import NONE, Extras, labeled, spelled
from leadwell.transfer.nouns import NOUNS, RECORDS, fields_of, identifying
from leadwell.transfer.presets import Layout, layout_of
from leadwell.transfer.refusals import MissingColumns, NothingIdentifies, UnknownField

IGNORE = "-"
NOUN_WORDS = {"Lead": "leads", "Contact": "contacts", "Company": "companies", "Deal": "deals", "Activity": "activities"}
# What columns are called; folded, so case, accents and punctuation do not matter.
_NAMES = {
    "name": "name|full name|contact name|lead name|nom complet|nombre completo|contact|person",
    "prefix": "prefix|salutation|anrede|civilite",
    "firstName": "first name|firstname|given name|forename|vorname|prenom|nombre|nome|fname",
    "middleName": "middle name|second name",
    "lastName": "last name|lastname|surname|family name|nachname|nom|apellido|apellidos|cognome|sobrenome|lname",
    "suffix": "suffix",
    "email": "email|e mail|email address|e mail address|mail|work email|business email|email 1|primary email|correo|correo electronico|courriel|emailadresse",
    "phone": "phone|telephone|tel|phone number|work phone|business phone|office phone|telefon|telefono|telefone|contact number|phone 1",
    "mobile": "mobile|mobile phone|cell|cell phone|cellphone|handy|mobil|movil|celular|portable|mobile number",
    "title": "title|job title|position|designation|function|role|jobtitle|funktion|cargo|poste|puesto|fonction",
    "company": "company|company name|organization|organisation|account|account name|employer|firm|firma|unternehmen|empresa|societe|entreprise|azienda"
    "|company account|business name|organization name",
    "website": "website|web site|url|homepage|company website|web|domain|webseite|site web|sitio web",
    "industry": "industry|sector|branche|secteur|industria|vertical",
    "employees": "employees|no of employees|number of employees|company size|headcount|mitarbeiter|employee count|of employees|empleados",
    "country": "country|country region|land|pays|pais|paese|nation",
    "region": "state|region|province|state province|bundesland|county|provincia|departement|state region",
    "city": "city|town|ort|stadt|ville|ciudad|citta|cidade|locality",
    "postalCode": "zip|zip code|postal code|postcode|plz|code postal|codigo postal|cap|zip postal code",
    "street": "street|address|street address|address line 1|strasse|adresse|direccion|indirizzo|mailing street",
    "language": "language|preferred language|locale|sprache|langue|idioma",
    "timeZone": "time zone|timezone",
    "need": "message|comments|comment|notes|description|need|requirements|nachricht|mensaje|bemerkung|kommentar",
    "interest": "interest|product|product interest|product of interest|interested in|products",
    "budget": "budget|expected revenue|amount|deal value|estimated value",
    "externalId": "external id|externalid|lead id|leadid|record id|contact id|crm id|hubspot id|customer id",
    "source": "source|lead source|leadsource|original source|quelle|fuente|origen|origine",
    "createdAt": "created|created at|created time|created date|create date|date created|createdate|submitted at|timestamp",
}
ALIASES: Mapping[str, str] = {alias: field for field, names in _NAMES.items() for alias in (*names.split("|"), key(field) or "")}


def aliases(noun: str) -> Mapping[str, str]:
    """What columns of a noun are called, folded."""
    return ALIASES if noun == "Lead" else _aliases(noun)


@cache
def _aliases(noun: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, field in RECORDS[noun].fields.items():
        for alias in (*field.names.split("|"), key(name) or ""):
            found.setdefault(alias, name)
    return found


@dataclass(frozen=True, slots=True)
class Mapped:
    """Column number → field, the columns left out, the system the layout is of ("import" for none), the noun, and what the layout says of every row."""

    fields: Mapping[int, str]
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    system: str
    noun: str
    says: Mapping[str, str]

    @property
    def by_name(self) -> dict[str, str]:
        return {self.columns[i]: field for i, field in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a header seems to be: the noun, the product whose layout it is (None: no known one), and per column what it would fill and
    whether a layout ("LAYOUT") or only the column's name ("NAME") says so."""

    noun: str
    system: str | None
    fields: Mapping[str, tuple[str, str]]


def guess(columns: Sequence[str], noun: str | None = None, extras: Mapping[str, Extras] | None = None) -> Guess:
    """For a person to confirm; refuses nothing. Without a noun the layout says which, else the one that knows most of the columns. `extras` are the
    workspace's own fields of every noun."""
    folded = [key(column) or "" for column in columns]
    layout = layout_of(folded, noun)
    noun = noun or (layout.noun if layout else max(NOUNS, key=lambda one: sum(name in aliases(one) for name in folded)))
    chosen = _guessed(folded, {}, layout, noun, (extras or {}).get(noun, NONE))
    said = {i: "LAYOUT" if layout and folded[i] in layout.more else "NAME" for i in chosen}
    return Guess(noun, layout.system if layout else None, {columns[i]: (field, said[i]) for i, field in chosen.items() if field != IGNORE})


def map_columns(columns: Sequence[str], told: Mapping[str, str], noun: str = "Lead", extras: Extras = NONE) -> Mapped:
    """What is told wins; a field that was told is not guessed again; "-" leaves a column out. `extras` are the workspace's own fields of the noun."""
    folded = [key(column) or "" for column in columns]
    layout = layout_of(folded, noun)
    chosen = _guessed(folded, _told(columns, folded, told, noun, extras), layout, noun, extras)
    fields = {i: field for i, field in sorted(chosen.items()) if field != IGNORE}
    if not set(fields.values()) & set(identifying(noun)):
        raise NothingIdentifies(noun=NOUN_WORDS[noun], columns=", ".join(columns[:30]))
    ignored = tuple(column for i, column in enumerate(columns) if i not in fields and column)
    if layout is None:
        return Mapped(fields, tuple(columns), ignored, "import", noun, {})
    return Mapped(fields, tuple(columns), ignored, layout.system, noun, layout.says)


def _guessed(folded: Sequence[str], told: Mapping[int, str], layout: Layout | None, noun: str, extras: Extras) -> dict[int, str]:
    """What a column says in so many words, then what the layout says, then what names say, and last what the workspace calls its own fields,
    whichever column comes first."""
    chosen, taken = dict(told), set(told.values())
    more: Mapping[str, str] = layout.more if layout else {}
    for names in (spelled(extras), more, aliases(noun), labeled(extras)):
        for i, name in enumerate(folded):
            field = names.get(name)
            if i not in chosen and field and (field == IGNORE or field not in taken):
                chosen[i] = field
                taken.add(field)
    return chosen


def _told(columns: Sequence[str], folded: Sequence[str], told: Mapping[str, str], noun: str, extras: Extras) -> dict[int, str]:
    chosen: dict[int, str] = {}
    missing: list[str] = []
    known = {**fields_of(noun), **extras}
    for column, named in told.items():
        field = SYNONYMS.get(named, named) if noun == "Lead" else named
        if field != IGNORE and field not in known:
            raise UnknownField(field="map", name=field, noun=NOUN_WORDS[noun], fix=_near(field, known))
        if column in columns:
            chosen[columns.index(column)] = field
        elif (key(column) or "") in folded:
            chosen[folded.index(key(column) or "")] = field
        else:
            missing.append(column)
    if missing:
        fix = " ".join(_near(column, columns) for column in missing)
        raise MissingColumns(field="map", missing=", ".join(f'"{column}"' for column in missing), columns=", ".join(columns[:30]), fix=fix)
    return chosen


def _near(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    folded = {(key(one) or one): one for one in known}
    near = difflib.get_close_matches(key(name) or name, folded, n=1, cutoff=0.5)
    return f'Did you mean "{folded[near[0]]}"?' if near else f"Use one of {', '.join(list(known)[:40])}."
