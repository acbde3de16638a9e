"""The facts about a person that fit rules may ask for, and where each of them stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["TEXT", "NUMBER", "CUSTOM"]
ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
CUSTOM = re.compile(r"custom\.(Person|Lead|Contact|Company)\.([a-z][a-z0-9_]{0,59})")
HOLDERS = {"Person": "p", "Lead": "l", "Contact": "k", "Company": "c"}


@dataclass(frozen=True, slots=True)
class Field:
    """`columns` are looked at in order; the first that is not missing counts."""

    name: str
    columns: tuple[str, ...]
    doc: str
    type: Type = "TEXT"

    @property
    def sql(self) -> str:
        return self.columns[0] if len(self.columns) == 1 else f"coalesce({', '.join(self.columns)})"

    def of(self, raw: Mapping[str, Any]) -> Any:
        """The fact, from a row keyed by column ("c.industry")."""
        return next((raw[c] for c in self.columns if raw.get(c) is not None), None)


FIELDS: dict[str, Field] = {
    f.name: f
    for f in (
        Field("title", ("p.title",), "Job title."),
        Field("seniority", ("p.seniority",), "Seniority read from the title, such as C_LEVEL."),
        Field("department", ("p.department",), "Department read from the title, such as SALES."),
        Field("phone", ("p.phone",), "Primary phone number, E.164."),
        Field("language", ("p.language",), "Language of the person."),
        Field("country", ("p.country",), "Country of the person, two letters."),
        Field("region", ("p.region",), "Region of the person."),
        Field("city", ("p.city",), "City of the person."),
        Field("emailClass", ("e.class",), "Class of the primary address: BUSINESS, FREE, DISPOSABLE or ROLE."),
        Field("emailDomain", ("e.domain",), "Domain of the primary address."),
        Field("intent", ("l.intent",), "Intent of the lead: HAND_RAISE, CONTENT, EVENT or SUBSCRIBE."),
        Field("need", ("l.need",), "Need as the lead told it."),
        Field("interest", ("l.interest",), "Product of interest as the lead told it."),
        Field("sourceChannel", ("s.channel",), "Channel of the lead's source, such as REFERRAL."),
        Field("contactType", ("k.type",), "Type of the contact, such as CUSTOMER."),
        Field("companyName", ("c.name", "l.company_name"), "Name of the company, as matched, else as given."),
        Field("companyCountry", ("c.country",), "Country of the company, two letters."),
        Field("industry", ("c.industry", "l.industry"), "Industry of the company, else as given on the lead."),
        Field("employees", ("c.employees", "l.employees"), "Size of the company, else as given on the lead.", "NUMBER"),
        Field("chance", ("q.percent",), "Chance of conversion in percent, by the predictor in use.", "NUMBER"),
    )
}
OF_COMPANIES = ("companyName", "companyCountry", "industry", "employees")
# The lead is the open one, else the latest; the company is the contact's primary one, else the lead's. {of} narrows a table to the batch:
# each is read once for all people of it, which costs a fraction of a probe per person.
JOINS: dict[str, str] = {
    "e": "LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = p.id AND e.is_primary {of_e}",
    "l": """LEFT JOIN (
    SELECT DISTINCT ON (x.person_id) x.person_id, x.id, x.intent, x.need, x.interest, x.industry, x.employees, x.company_name, x.company_id, x.source_id
    FROM leads x WHERE x.workspace_id = $1 {of_x} ORDER BY x.person_id, x.state = 'OPEN' DESC, x.created_at DESC, x.id DESC) l ON l.person_id = p.id""",
    "s": "LEFT JOIN sources s ON s.workspace_id = $1 AND s.id = l.source_id",
    "k": "LEFT JOIN contacts k ON k.workspace_id = $1 AND k.person_id = p.id {of_k}",
    "q": "LEFT JOIN predictions q ON q.workspace_id = $1 AND q.person_id = p.id {of_q}",
    "c": "LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN k.company_id IS NULL THEN l.company_id ELSE k.company_id END",
}
# Of closed leads: that lead alone, and what there was before it closed.
CLOSED = {
    "l": "LEFT JOIN leads l ON l.workspace_id = $1 AND l.id = w.lead_id",
    "k": "LEFT JOIN contacts k ON k.workspace_id = $1 AND k.person_id = p.id AND k.created_at <= w.at",
    "q": """LEFT JOIN LATERAL (SELECT h.percent FROM prediction_history h WHERE h.workspace_id = $1 AND h.person_id = p.id AND h.at <= w.at
    ORDER BY h.at DESC LIMIT 1) q ON true""",
}
NEEDS = {"s": ("l",), "c": ("l", "k")}
Scope = Literal["BATCH", "RANGE", "FEW_OF_MANY", "EVERYBODY", "CLOSED"]
# A range that is known beforehand and lies within one bucket of a large table's statistics (there are a hundred) is taken for one row, and everybody is
# compared with everybody. Of bounds that are not known beforehand half a percent of the table is expected.
OF: dict[Scope, str] = {
    "BATCH": "AND {} = ANY($2::uuid[])", "RANGE": "AND {} BETWEEN ($2::uuid[])[1] AND ($2::uuid[])[2]",
    "FEW_OF_MANY": "AND {} BETWEEN (SELECT ($2::uuid[])[1]) AND (SELECT ($2::uuid[])[2])", "EVERYBODY": "", "CLOSED": "",
}  # fmt: skip


def field(name: str) -> Field | None:
    """A field by the name rules use; the workspace's own are custom.NOUN.KEY, and hold what they hold."""
    if found := CUSTOM.fullmatch(name):
        return Field(name, (f"{HOLDERS[found[1]]}.custom.{found[2]}",), "A field of the workspace's own.", "CUSTOM")
    return FIELDS.get(name)


def known(name: str) -> Field:
    """A field that checked rules name."""
    found = field(name)
    assert found is not None
    return found


def joins(names: Iterable[str], scope: Scope = "BATCH") -> str:
    """The joins that these fields need, none else."""
    aliases = {column.split(".")[0] for name in names for column in known(name).columns}
    wanted = aliases | {need for alias in aliases for need in NEEDS.get(alias, ())}
    listed = JOINS | CLOSED if scope == "CLOSED" else JOINS
    narrowed = {f"of_{t}": OF[scope].format(f"{t}.person_id") for t in "exkq"}
    return "\n  ".join(sql.format(**narrowed) for alias, sql in listed.items() if alias in wanted)


def fold(text: str) -> str:
    """Text without regard to the case of A to Z: the one folding that every database locale and Python agree on."""
    return text.translate(ASCII_LOWER)


def snake(name: str) -> str:
    """A field's name in events as a column."""
    return re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name)
