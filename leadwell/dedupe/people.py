"""What people are compared by, and what their rows come to. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from leadwell.base.identity import Flaw, company_key, given_key, is_role, key, parse_name
from leadwell.base.identity.domains import business_domain
from leadwell.base.identity.nicknames import full_names
from leadwell.base.identity.scripts import latin
from leadwell.base.identity.streets import street_key
from leadwell.base.identity.suffixes import generation
from leadwell.dedupe.comparison import CODE, COMPANY, CROWD, GIVEN, MARK, REACH, SAME, STREET, WORD, level
from leadwell.dedupe.keys import KeyKind, hashed, sound
from leadwell.dedupe.spec import Facts, Field, Spec

_SIGNS, _DIGITS = re.compile(r"[\W_]+"), re.compile(r"\d")

# How likely each level is for one person and for two, as seen in labeled records of people; workspaces learn their own.
PEOPLE = Spec(
    "Person",
    (
        Field("given", GIVEN, (0.80, 0.06, 0.09, 0.05), (0.004, 0.001, 0.006, 0.989), frequent=True),
        Field("family", WORD, (0.87, 0.06, 0.03, 0.04), (0.001, 0.001, 0.006, 0.992), frequent=True),
        Field("email", REACH, (0.45, 0.55), (0.000001, 0.999999)),
        Field("handle", SAME, (0.35, 0.65), (0.0005, 0.9995)),
        Field("shared", CROWD, (0.4,), (0.04,), reads="email", learnt=False),
        Field("verified", SAME, (0.94, 0.06), (0.94, 0.999), learnt=False),
        Field("phone", REACH, (0.45, 0.55), (0.000002, 0.999998)),
        Field("line", CROWD, (0.1,), (0.2,), reads="phone", learnt=False),
        Field("company", COMPANY, (0.50, 0.05, 0.45), (0.005, 0.003, 0.992), frequent=True),
        Field("street", STREET, (0.40, 0.08, 0.02, 0.05, 0.45), (0.00003, 0.00003, 0.0001, 0.01, 0.98984)),
        Field("postal", CODE, (0.60, 0.05, 0.02, 0.33), (0.003, 0.004, 0.02, 0.973)),
        Field("city", WORD, (0.72, 0.04, 0.02, 0.22), (0.02, 0.002, 0.02, 0.958), frequent=True),
        Field("country", SAME, (0.95, 0.05), (0.3, 0.7)),
        Field("generation", SAME, (0.97, 0.03), (0.5, 0.5), learnt=False),
        Field("kind", SAME, (0.9999, 0.0001), (0.9999, 0.9999), learnt=False),
    ),
    proof=frozenset({"email", "phone"}),
    named=frozenset({"given"}),
    against=frozenset({"given", "verified", "generation", "kind"}),
    apart=frozenset({"given", "generation"}),
    household=frozenset({"family", "phone", "shared", "company", "street", "postal", "city", "country"}),
)


def person_facts(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """From a row of read_people.sql, or what a caller asks with; blank fields are left out."""
    first, last = _names(row)
    addresses: Sequence[Mapping[str, Any]] = row.get("emails") or ()
    emails = list(_emails(addresses))
    one: dict[str, str | None] = {
        "given": (first or "").split(" ")[0],
        "family": last,
        "street": street_key(row.get("street")),
        "postal": _code(row.get("postal_code")),
        "city": _latin_key(row.get("city")),
        "country": row.get("country"),
        "generation": generation(row.get("suffix")) or generation(_tail(row)),
        "kind": row.get("kind") or "INDIVIDUAL",
    }
    several: dict[str, Iterable[str | None]] = {
        "email": emails,
        "handle": [_handle(email, first, last) for email in emails],
        "verified": [email["match_key"] for email in addresses if email.get("verified")],
        "phone": _phones(row.get("phones") or ()),
        "company": [*map(company_key, row.get("companies") or ()), *(f"@{d}" for e in addresses if (d := business_domain(e["domain"])))],
    }
    single = {name: [value] for name, value in one.items() if value}
    return single | {name: kept for name, values in several.items() if (kept := sorted(filter(None, set(values))))}


def person_keys(facts: Facts) -> dict[int, KeyKind]:
    """The keys by which others find this person. None is made of a given name alone, nor of a family name alone."""
    one = {name: values[0] for name, values in facts.items()}
    given, family = one.get("given"), one.get("family")
    named = [hashed(KeyKind.NAME, *sorted((given_key(given) or given, family)))] if given and family else []
    begins = [sound(family), full_names().get(given, given)] if given and family else []
    near = [one.get("postal", "")[:5], *facts.get("company", ())] if begins else []
    keys = [
        *(hashed(KeyKind.EMAIL, value.lstrip(MARK)) for value in facts.get("email", ())),
        *(hashed(KeyKind.PHONE, value.lstrip(MARK)) for value in facts.get("phone", ())),
        *(hashed(KeyKind.HANDLE, handle) for handle in facts.get("handle", ())),
        *named,
        *(hashed(KeyKind.PLACE, begins[0], begins[1][:1], place) for place in near if place),
        *([hashed(KeyKind.PLACE, begins[0], sound(begins[1])[:3], one["city"])] if begins and "city" in one else []),
        *([hashed(KeyKind.STREET, one["street"], one.get("postal") or one["city"])] if "street" in one and ("postal" in one or "city" in one) else []),
    ]
    return {key: KeyKind(key & 0xF) for key in keys}


def one_person(one: Facts, other: Facts) -> bool:
    """Whether two people are worth weighing: those with different given names only where they share an address or number of their own."""
    if level(GIVEN, one.get("given", ()), other.get("given", ())) != len(GIVEN.levels) - 1:
        return True
    return any(level(REACH, one.get(name, ()), other.get(name, ())) == 0 for name in ("email", "phone"))


def _names(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first, last = row.get("first_name"), row.get("last_name")
    if not first and not last and row.get("name"):
        parsed = parse_name(row["name"])
        if not isinstance(parsed, Flaw):
            first, last = parsed.first, parsed.last
    return _latin_key(first), _latin_key(last)


@lru_cache(maxsize=200_000)
def _latin_key(text: str | None) -> str | None:
    return key(latin(text)) if text else None


def _tail(row: Mapping[str, Any]) -> str | None:
    words = (row.get("last_name") or row.get("name") or "").split()
    return words[-1] if len(words) > 1 else None


def _emails(emails: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Match keys; those of functions and of several people are marked."""
    for email in emails:
        address = str(email["match_key"])
        yield MARK + address if email.get("shared") or is_role(address.partition("@")[0]) else address


def _phones(phones: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for phone in phones:
        yield (MARK if phone.get("line") else "") + str(phone["e164"])


@lru_cache(maxsize=50_000)
def _code(text: str | None) -> str:
    return (key(text) or "").replace(" ", "")


def _handle(address: str, first: str | None, last: str | None) -> str | None:
    """What stands before the @, where the name does not say it already: "sunny77" and "ana.silva77" of Ana Silva, but not "a.silva"."""
    local = _SIGNS.sub("", address.partition("@")[0])
    if address.startswith(MARK) or len(local) < 5:
        return None
    rest = _DIGITS.sub("", local)
    for name in (last, first):
        rest = rest.replace((name or "").replace(" ", ""), "")
    return local if len(rest) > 1 or len(_DIGITS.findall(local)) > 1 else None
