"""What the caller wants of a conversion; everything left out is decided by us."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, fields
from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

import orjson

from leadwell.base.fixed import fixed
from leadwell.base.identity import clean, country_code
from leadwell.contacts import TYPES
from leadwell.conversion.refusals import BadWish
from leadwell.deals import ROLES

MOST_RELATED = 100
COMPANY_FIELDS = ("website", "industry", "employees", "phone", "country", "region", "city", "postal_code", "street")
Values = Mapping[str, Any]


@fixed
class CompanyWish:
    """AUTO finds or makes; CREATE makes (`name` instead of the lead's); USE takes `id`. `fields` (COMPANY_FIELDS) and `custom` go before what the
    lead gives; a company that is there takes of them what it lacks."""

    action: Literal["AUTO", "CREATE", "USE"] = "AUTO"
    id: UUID | None = None
    name: str | None = None
    fields: Values = field(default_factory=dict[str, Any])
    owner_id: UUID | None = None
    custom: Values = field(default_factory=dict[str, Any])


@fixed
class ContactWish:
    """AUTO takes the person's contact or makes it; CREATE insists that there is none; USE insists on `id`. `type` is for one that is made."""

    action: Literal["AUTO", "CREATE", "USE"] = "AUTO"
    id: UUID | None = None
    title: str | None = None
    role: str | None = None
    type: str | None = None
    owner_id: UUID | None = None
    custom: Values = field(default_factory=dict[str, Any])


@fixed
class DealWish:
    """AUTO does what the workspace chose (CREATE unless it says NONE). The other fields, but for `role` and `custom`, are for a deal that is made."""

    action: Literal["AUTO", "CREATE", "USE", "NONE"] = "AUTO"
    id: UUID | None = None
    name: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    close_on: date | None = None
    role: str | None = None
    owner_id: UUID | None = None
    custom: Values = field(default_factory=dict[str, Any])


@fixed
class ConversionWish:
    """`on_duplicate` is for companies and contacts that may be the lead's, but not surely: BLOCK refuses, LINK takes the first (of a contact: makes the
    two people one), CREATE makes another. `related` are leads that are converted with this one, into the same company and deal."""

    company: CompanyWish = field(default_factory=CompanyWish)
    contact: ContactWish = field(default_factory=ContactWish)
    deal: DealWish = field(default_factory=DealWish)
    converted_status_id: UUID | None = None
    owner_id: UUID | None = None
    overwrite_lead_source: bool = False
    on_duplicate: Literal["BLOCK", "LINK", "CREATE"] = "BLOCK"
    related: tuple[UUID, ...] = ()

    def canonical(self) -> dict[str, Any]:
        """The wish without what was left to us, as it is kept and compared."""
        return {} if self == DEFAULT else _said(asdict(self), asdict(DEFAULT))

    @property
    def fingerprint(self) -> str:
        """Equal for equal wishes."""
        return hashlib.sha256(orjson.dumps(self.canonical(), default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def owners(self) -> list[UUID]:
        """Every user named."""
        return [id for id in (self.owner_id, self.company.owner_id, self.contact.owner_id, self.deal.owner_id) if id]

    @property
    def custom(self) -> bool:
        """Whether values of custom fields are given."""
        return bool(self.company.custom or self.contact.custom or self.deal.custom)


DEFAULT = ConversionWish()
FOR_NEW_DEALS = tuple(
    f.name for f in fields(DealWish) if f.name not in ("action", "id", "role", "custom"))


def _said(value: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(default[name], dict) and default[name]:
            one = _said(one, default[name])
            if one:
                said[name] = one
        elif one != default[name]:
            said[name] = _plain(one)
    return said


def _plain(value: Any) -> Any:
    """As JSON, the same for the same meaning."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in cast("Values", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in cast("Sequence[Any]", value)]
    return str(value) if isinstance(value, (UUID, date)) else clean(value) if isinstance(value, str) else value


def check(wish: ConversionWish) -> None:
    """BadWish for a wish that contradicts itself."""
    if wish == DEFAULT:
        return
    for name, part in (("company", wish.company), ("contact", wish.contact), ("deal", wish.deal)):
        if part.action == "USE" and part.id is None:
            raise _bad(f"{name}.id", "", "to use an existing one, say which")
        if part.action != "USE" and part.id is not None:
            raise _bad(f"{name}.id", part.id, f"an id goes with USE, not with {part.action}")
    _check_company(wish.company)
    _check_deal(wish.deal)
    if wish.contact.type is not None and wish.contact.type not in TYPES:
        raise _bad("contact.type", wish.contact.type, "it is not one of " + ", ".join(TYPES))
    if len(set(wish.related)) != len(wish.related) or len(wish.related) > MOST_RELATED:
        raise _bad("related_ids", len(wish.related), f"it names leads twice, or more than {MOST_RELATED}")


def _check_company(wish: CompanyWish) -> None:
    for name, value in wish.fields.items():
        if name not in COMPANY_FIELDS:
            raise _bad(f"company.{name}", value, "a conversion gives companies no such field")
    if (wish.fields.get("employees") or 0) < 0:
        raise _bad("company.employees", wish.fields["employees"], "it is less than zero")
    country = wish.fields.get("country")
    if clean(country) and country_code(country) is None:
        raise _bad("company.country", country, "it is not a country")


def _check_deal(wish: DealWish) -> None:
    if (wish.amount_minor or 0) < 0:
        raise _bad("deal.amount", wish.amount_minor, "it is less than zero")
    if wish.role is not None and wish.role not in ROLES:
        raise _bad("deal.role", wish.role, "it is not one of " + ", ".join(ROLES))
    if wish.action in ("USE", "NONE"):
        for name in FOR_NEW_DEALS if wish.action == "USE" else (*FOR_NEW_DEALS, "role"):
            if getattr(wish, name) is not None:
                raise _bad(f"deal.{'amount' if name in ('amount_minor', 'currency') else name}", getattr(wish, name), "it is for a deal that is made")
        if wish.action == "NONE" and wish.custom:
            raise _bad("deal.custom", "…", "there is no deal")


def _bad(field: str, value: object, why: str) -> BadWish:
    return BadWish(field=field, name=field, value=str(value)[:60], why=why)
