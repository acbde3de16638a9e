"""What the caller wants of a conversion; everything left out is decided by us."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

import orjson

from leadwell.base.identity import clean
from leadwell.conversion.refusals import BadWish


@dataclass(frozen=True, slots=True)
class CompanyWish:
    """AUTO finds or makes; CREATE makes (`name` instead of the lead's); USE takes `id`."""

    action: Literal["AUTO", "CREATE", "USE"] = "AUTO"
    id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ContactWish:
    """AUTO takes the person's contact or makes it; CREATE insists that there is none; USE insists on `id`."""

    action: Literal["AUTO", "CREATE", "USE"] = "AUTO"
    id: UUID | None = None
    title: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class DealWish:
    """AUTO does what the workspace chose (CREATE unless it says NONE). The other fields are for a deal that is made."""

    action: Literal["AUTO", "CREATE", "USE", "NONE"] = "AUTO"
    id: UUID | None = None
    name: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    close_on: date | None = None


@dataclass(frozen=True, slots=True)
class ConversionWish:
    """`on_duplicate` is for companies that may be the lead's, but not surely: BLOCK refuses, LINK takes the first, CREATE makes another."""

    company: CompanyWish = field(default_factory=CompanyWish)
    contact: ContactWish = field(default_factory=ContactWish)
    deal: DealWish = field(default_factory=DealWish)
    converted_status_id: UUID | None = None
    owner_id: UUID | None = None
    overwrite_lead_source: bool = False
    on_duplicate: Literal["BLOCK", "LINK", "CREATE"] = "BLOCK"

    def canonical(self) -> dict[str, Any]:
        """The wish without what was left to us, as it is kept and compared."""
        return {} if self == DEFAULT else _said(asdict(self), asdict(DEFAULT))

    @property
    def fingerprint(self) -> str:
        """Equal for equal wishes."""
        return hashlib.sha256(orjson.dumps(self.canonical(), default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


DEFAULT = ConversionWish()


def _said(value: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict):
            one = _said(one, default[name])  # pyright: ignore[reportUnknownArgumentType]
            if one:
                said[name] = one
        elif one != default[name]:
            said[name] = str(one) if isinstance(one, (UUID, date)) else clean(one) if isinstance(one, str) else one
    return said


def check(wish: ConversionWish) -> None:
    """BadWish for a wish that contradicts itself."""
    for name, part in (("company", wish.company), ("contact", wish.contact), ("deal", wish.deal)):
        if part.action == "USE" and part.id is None:
            raise BadWish(field=f"{name}.id", name=f"{name}.id", value="", why="to use an existing one, say which")
        if part.action != "USE" and part.id is not None:
            raise BadWish(field=f"{name}.id", name=f"{name}.id", value=str(part.id), why=f"an id goes with USE, not with {part.action}")
    if (wish.deal.amount_minor or 0) < 0:
        raise BadWish(field="deal.amount", name="deal.amount", value=str(wish.deal.amount_minor), why="it is less than zero")
