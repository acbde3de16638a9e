"""What companies are compared by, and what their rows come to. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from leadwell.base.identity import Phone, company_key, key, parse_phone
from leadwell.base.identity.domains import business_domain
from leadwell.base.identity.scripts import latin
from leadwell.base.identity.streets import street_key
from leadwell.dedupe.comparison import CODE, REACH, SAME, STREET, WORD, WORDS, level
from leadwell.dedupe.keys import KeyKind, hashed, sound
from leadwell.dedupe.spec import Facts, Field, Spec

COMPANIES = Spec(
    "Company",
    (
        Field("name", WORDS, (0.60, 0.14, 0.12, 0.08, 0.06), (0.000002, 0.00005, 0.002, 0.02, 0.977948)),
        Field("domain", SAME, (0.70, 0.30), (0.00002, 0.99998)),
        Field("phone", REACH, (0.45, 0.55), (0.000005, 0.999995)),
        Field("street", STREET, (0.50, 0.12, 0.02, 0.06, 0.30), (0.0001, 0.0001, 0.0003, 0.02, 0.9795)),
        Field("postal", CODE, (0.65, 0.05, 0.02, 0.28), (0.003, 0.004, 0.02, 0.973)),
        Field("city", WORD, (0.75, 0.04, 0.02, 0.19), (0.02, 0.002, 0.01, 0.968)),
        Field("country", SAME, (0.96, 0.04), (0.3, 0.7)),
    ),
    proof=frozenset({"domain", "phone", "street"}),
    named=frozenset({"name"}),
    against=frozenset({"name", "domain", "country"}),
)


def company_facts(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """From a row of read_companies.sql, or what a caller asks with; free-mail domains are none."""
    phone = parse_phone(row.get("phone"), row.get("country"))
    found: dict[str, Iterable[str | None]] = {
        "name": [company_key(latin(name)) for name in (row.get("name"), *(row.get("aliases") or ())) if name],
        "domain": [business_domain(domain) for domain in row.get("domains") or () if domain],
        "phone": [phone.e164 if isinstance(phone, Phone) else None],
        "street": [street_key(row.get("street"))],
        "postal": [(key(row.get("postal_code")) or "").replace(" ", "")],
        "city": [key(row.get("city"))],
        "country": [row.get("country")],
    }
    return {name: kept for name, values in found.items() if (kept := sorted({value for value in values if value}))}


def company_keys(facts: Facts) -> dict[int, KeyKind]:
    """The keys by which others find this company."""
    one = {name: values[0] for name, values in facts.items()}
    place = one.get("postal") or one.get("city")
    keys = [
        *(hashed(KeyKind.COMPANY_DOMAIN, value) for value in facts.get("domain", ())),
        *(hashed(KeyKind.COMPANY_NAME, value.replace(" ", "")) for value in facts.get("name", ())),
        *(hashed(KeyKind.COMPANY_PHONE, value) for value in facts.get("phone", ())),
        *(hashed(KeyKind.COMPANY_STREET, street, place) for street in facts.get("street", ()) if place),
        *(hashed(KeyKind.COMPANY_PLACE, sound(name.split()[0]), at) for name in facts.get("name", ()) for at in _places(one)),
    ]
    return {key: KeyKind(key & 0xF) for key in keys}


def one_company(one: Facts, other: Facts) -> bool:
    """Whether two companies are worth weighing: those with different names only where they share a domain or a number."""
    if level(WORDS, one.get("name", ()), other.get("name", ())) != len(WORDS.levels) - 1:
        return True
    return any(set(one.get(name, ())) & set(other.get(name, ())) for name in ("domain", "phone"))


def _places(one: Mapping[str, str]) -> list[str]:
    return [at for at in (one.get("postal"), one.get("city")) if at]
