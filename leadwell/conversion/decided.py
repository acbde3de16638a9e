"""What a plan holds, and how values of an existing record are decided: what is empty is filled, what differs is a conflict."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.fixed import fixed
from leadwell.contacts import LinkPlan
from leadwell.conversion.facts import CompanyFound, ContactFound, DealFound, Twin
from leadwell.deals import Stage
from leadwell.leads import Status

Conflict = dict[str, Any]
Values = Mapping[str, Any]


@fixed
class CompanyPlan:
    """Link `found`, or make one: `name` and `hidden` (the person's own), with `fills`. `domain`: what a known company learns. `reason`: why this one."""

    found: CompanyFound | None = None
    name: str | None = None
    hidden: bool = False
    keyed: bool = True
    fills: Values = field(default_factory=dict[str, Any])
    domain: str | None = None
    reason: str | None = None
    custom: Values = field(default_factory=dict[str, Any])


@fixed
class ContactPlan:
    """Keep `found` and fill it, or make one with `fills`. `link`: what linking the company does; None: it is linked already. `twin`: whose person the
    lead's is made one with before anything else, after which all is decided again."""

    found: ContactFound | None
    fills: Values
    link: LinkPlan | None = None
    custom: Values = field(default_factory=dict[str, Any])
    twin: Twin | None = None


@fixed
class DealPlan:
    """Join `found` and fill it, or make one."""

    found: DealFound | None = None
    fills: Values = field(default_factory=dict[str, Any])
    name: str = ""
    stage: Stage | None = None
    amount_minor: int | None = None
    currency: str = ""
    close_on: date | None = None
    owner_id: UUID | None = None
    role: str | None = None
    custom: Values = field(default_factory=dict[str, Any])


@fixed
class Plan:
    """The whole decision. `deal` None: no deal. `related`: leads that are converted with this one."""

    owner_id: UUID
    status: Status
    company: CompanyPlan
    contact: ContactPlan
    deal: DealPlan | None
    conflicts: tuple[Conflict, ...]
    related: Sequence[UUID] = ()

    @property
    def hash(self) -> str:
        """Over the decisions: who and what is made, linked and filled, and what differs; not over days that go by, scores or activities."""
        company, contact, deal = self.company, self.contact, self.deal
        said: list[Any] = [
            self.owner_id, self.status.id,
            [company.found and company.found.id, company.name, company.hidden, company.keyed, _sorted(company.fills), company.domain, _sorted(company.custom)],
            [contact.found and contact.found.id, _sorted(contact.fills), contact.link is not None, _sorted(contact.custom)],
            contact.twin and contact.twin.person_id,
            deal and [
                deal.found and deal.found.id, _sorted(deal.fills), deal.name, deal.stage and deal.stage.id, deal.amount_minor, deal.currency, deal.owner_id,
                deal.role, _sorted(deal.custom)],
            sorted([one["noun"], str(one["id"]), one["field"], str(one["kept"]), str(one["offered"])] for one in self.conflicts), list(self.related),
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()


def _sorted(values: Values) -> list[Any]:
    return sorted([name, value] for name, value in values.items())


def merge(noun: str, id: UUID, record: Any, offered: Values, silent: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[Conflict]]:
    """What an existing record lacks and takes, and what it keeps against another offer."""
    fills: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name, value in offered.items():
        kept = getattr(record, name)
        if value is not None and kept is None:
            fills[name] = value
        elif value is not None and kept != value and name not in silent:
            conflicts.append(conflict(noun, id, name, kept, value))
    return fills, conflicts


def conflict(noun: str, id: UUID | None, name: str, kept: Any, offered: Any) -> Conflict:
    """One value that differed and was left as it was; no `id`: the record is made, and could not hold it."""
    return {"noun": noun, "id": id, "field": name, "kept": kept, "offered": offered}
