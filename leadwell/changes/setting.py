"""Which fields a bulk update can set, and how what a caller gives is read: one table a noun."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

from leadwell import contacts
from leadwell.base.amounts import to_minor
from leadwell.base.ids import BadId, decode_id
from leadwell.base.lengths import check_length
from leadwell.catalog import CATALOG
from leadwell.changes.refusals import BadSet
from models.leads import Intent

MOST = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Settable:
    """A field of the API and how its value becomes columns. `read` raises ValueError with the reason."""

    column: str
    read: Callable[[Any], Any]
    noun: str | None = None
    clears: bool = True


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it is no text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST:
        raise ValueError("it is no whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it is neither true nor false")
    return value


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise ValueError("it is no day such as 2026-03-31") from None


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in known:
            raise ValueError("it is not one of " + ", ".join(known))
        return value

    return read


def _money(value: Any) -> tuple[int, str]:
    """{"amount": "12.50", "currency": "EUR"}"""
    given = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()
    try:
        return to_minor(Decimal(str(given["amount"])), _text(given["currency"]), "set")
    except (KeyError, InvalidOperation):
        raise ValueError('it is no amount such as {"amount": "12.50", "currency": "EUR"}') from None


def _texts(*names: str) -> dict[str, Settable]:
    return {_camel(name): Settable(name, _text) for name in names}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _to(column: str, noun: str, *, clears: bool = True) -> Settable:
    return Settable(column, _text, noun, clears)


PLACE = ("country", "region", "city", "postal_code", "street")
MINE = _texts("language", "time_zone", *PLACE)
FIELDS: Mapping[str, Mapping[str, Settable]] = {
    "Person": {**MINE, **_texts("title", "department", "seniority"), "tracking": Settable("tracking", _flag, clears=False)},
    "Lead": {
        **MINE, **_texts("title", "company_name", "company_website", "industry", "need", "interest"), "employees": Settable("employees", _whole),
        "budget": Settable("budget_minor", _money), "intent": Settable("intent", _one_of(*map(str, Intent)), clears=False),
        "statusId": _to("status_id", "LeadStatus", clears=False), "sourceId": _to("source_id", "Source"), "campaignId": _to("campaign_id", "Campaign"),
        "productId": _to("product_id", "Product"), "companyId": _to("company_id", "Company"), "referredById": _to("referred_by_id", "Person"),
    },
    "Contact": {**MINE, **_texts("title", "department", "seniority"), "type": Settable("type", _one_of(*contacts.TYPES), clears=False),
                "sourceId": _to("source_id", "Source")},
    "Company": {
        **_texts("website", "industry", "phone", *PLACE), "employees": Settable("employees", _whole), "revenue": Settable("revenue_minor", _money),
        "parentId": _to("parent_id", "Company"),
    },
    "Deal": {
        "name": Settable("name", _text, clears=False), "amount": Settable("amount_minor", _money), "probability": Settable("probability", _whole, clears=False),
        "closeOn": Settable("close_on", _day), "stageId": _to("stage_id", "DealStage", clears=False), "companyId": _to("company_id", "Company"),
        "sourceId": _to("source_id", "Source"), "campaignId": _to("campaign_id", "Campaign"),
    },
}  # fmt: skip
CUSTOM = frozenset({"Person", "Lead", "Contact", "Company", "Deal"})


def read(noun: str, given: Any) -> dict[str, Any]:
    """{column: value, "custom": {key: value}} of {field: value as JSON}; null clears. BadSet, BadId, BadAmount, TextTooLong."""
    if not isinstance(given, Mapping) or not given:
        raise BadSet(field="set", name="set", noun=noun, value=str(cast("object", given))[:40], why="it names no field")
    found: dict[str, Any] = {}
    for name, value in cast("Mapping[str, Any]", given).items():
        if name == "custom" and noun in CUSTOM and isinstance(value, Mapping):
            found["custom"] = dict(cast("Mapping[str, Any]", value))
        else:
            found |= _one(noun, str(name), value)
    return found


def _one(noun: str, name: str, value: Any) -> dict[str, Any]:
    field = FIELDS[noun].get(name)
    if field is None:
        known = ", ".join([*FIELDS[noun], *(["custom"] if noun in CUSTOM else [])])
        fix = f"Set one of {known}."
        raise BadSet(field=f"set.{name[:60]}", name=name[:60], noun=noun, value=str(value)[:40], why="there is no such field to set", fix=fix)
    if value is None and not field.clears:
        raise BadSet(field=f"set.{name}", name=name, noun=noun, value="null", why="it cannot be empty")
    return _columns(noun, name, field, None if value is None else _read(noun, name, field, value))


def _read(noun: str, name: str, field: Settable, value: Any) -> Any:
    try:
        found = field.read(value)
    except ValueError as why:
        raise BadSet(field=f"set.{name}", name=name, noun=noun, value=str(value)[:40], why=str(why)) from None
    if isinstance(found, str):
        check_length(field.column, found, f"set.{name}")
    return found if field.noun is None else _id(found, field.noun, name)


def _id(text: str, noun: str, name: str) -> UUID:
    try:
        return decode_id(text, CATALOG[noun].tag)[1]
    except BadId as bad:
        raise BadId(field=f"set.{name}", id=bad.params["id"]) from None


def _columns(noun: str, name: str, field: Settable, value: Any) -> dict[str, Any]:
    """An amount stands in two columns; a deal without one keeps its currency."""
    if name not in ("budget", "revenue", "amount"):
        return {field.column: value}
    if value is None:
        return {field.column: None} if noun == "Deal" else {field.column: None, "currency": None}
    return {field.column: value[0], "currency": value[1]}


def typed(column: str, value: Any) -> Any:
    """A kept value as the verbs take it: what JSON made text of."""
    if isinstance(value, str) and column.endswith("_id"):
        return UUID(value)
    return date.fromisoformat(value) if isinstance(value, str) and column.endswith("_on") else value
