"""Which column fills which field: told, known from the layout of a product's export, or read from the column's name. Pure."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadwell.base.identity import key
from leadwell.capture import FIELDS
from leadwell.capture.fields import IDENTIFYING, SYNONYMS
from leadwell.transfer.refusals import MissingColumns, NothingIdentifies, UnknownField

IGNORE = "-"
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


@dataclass(frozen=True, slots=True)
class Layout:
    """An export known by its columns: what they fill beyond what their names say, and whose external ids they hold."""

    system: str
    needs: frozenset[str]
    more: Mapping[str, str]


LAYOUTS = (
    Layout("zoho", frozenset(("leadid", "lead owner", "lead status", "converted")), {"leadid": "externalId", "created time": "createdAt"}),
    Layout("salesforce", frozenset(("lead id", "lead owner", "lead status", "company account")), {"lead id": "externalId"}),
    Layout("hubspot", frozenset(("record id", "contact owner", "lifecycle stage")), {"record id": "externalId", "create date": "createdAt"}),
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Column number → field, the columns left out, and the system the layout is of."""

    fields: Mapping[int, str]
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    system: str

    @property
    def by_name(self) -> dict[str, str]:
        return {self.columns[i]: field for i, field in self.fields.items()}


def map_columns(columns: Sequence[str], told: Mapping[str, str]) -> Mapped:
    """What is told wins; a field that was told is not guessed again; "-" leaves a column out."""
    folded = [key(column) or "" for column in columns]
    chosen = _told(columns, folded, told)
    layout = next((layout for layout in LAYOUTS if layout.needs <= set(folded)), None)
    more: Mapping[str, str] = layout.more if layout else {}
    taken = set(chosen.values())
    for i, name in enumerate(folded):
        field = more.get(name) or ALIASES.get(name)
        if i not in chosen and field and field not in taken:
            chosen[i] = field
            taken.add(field)
    fields = {i: field for i, field in sorted(chosen.items()) if field != IGNORE}
    if not set(fields.values()) & set(IDENTIFYING):
        raise NothingIdentifies(columns=", ".join(columns[:30]))
    ignored = tuple(column for i, column in enumerate(columns) if i not in fields and column)
    return Mapped(fields, tuple(columns), ignored, layout.system if layout else "import")


def _told(columns: Sequence[str], folded: Sequence[str], told: Mapping[str, str]) -> dict[int, str]:
    chosen: dict[int, str] = {}
    missing: list[str] = []
    for column, named in told.items():
        field = SYNONYMS.get(named, named)
        if field != IGNORE and field not in FIELDS:
            raise UnknownField(field="map", name=field, fix=_near(field, FIELDS))
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
