"""The terms of a batch: which policy holds, which providers outside there are, and what they have already answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Everything, matching_ids
from leadwell.enrichment.asking import Kind, Mapped
from leadwell.enrichment.fields import FIELDS
from leadwell.enrichment.policy import SHIPPED, Policy, Step

WEBSITE_FIELDS = (
    "company.website", "company.phone", "company.country", "company.region", "company.city", "company.postalCode", "company.street", "company.industry",
    "company.employees", "lead.companyName", "lead.companyWebsite", "lead.industry", "lead.employees",
)  # fmt: skip
Asking = tuple[UUID, str]
"""A provider and what it is asked about."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A provider outside as the waterfall sees it."""

    id: UUID
    code: str
    kind: Kind
    mapped: Mapped
    cost: int

    @property
    def fields(self) -> tuple[str, ...]:
        """What it may fill."""
        built_in = {"WEBSITE": WEBSITE_FIELDS, "MX": ("email.isValid",)}
        return built_in.get(self.kind) or tuple(name for name in self.mapped.fields if name in FIELDS)


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider answered, still in force."""

    state: str
    facts: Mapping[str, Any]
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """`holding`: per step with a condition the people who meet it."""

    number: int = 0
    policy: Policy = SHIPPED
    remotes: tuple[Remote, ...] = ()
    told: Mapping[Asking, Told] = field(default_factory=dict[Asking, Told])
    holding: Mapping[str, frozenset[UUID]] = field(default_factory=dict[str, frozenset[UUID]])
    now: datetime | None = None

    def holds(self, step: Step, person: UUID) -> bool:
        """Whether a step's condition is met."""
        return step.when is None or person in self.holding.get(step.mark, ())


async def read_terms(tx: Tx) -> Terms:
    """The policy in force and the active providers, oldest first; nothing asked about anybody yet."""
    row = await tx.row("SELECT e.number, e.rules FROM enrichment_policies e WHERE e.workspace_id = $1 ORDER BY e.number DESC LIMIT 1", tx.workspace)
    rows = await tx.fetch(
        "SELECT e.id, e.code, e.kind, e.mapping, e.cost FROM enrichment_providers e "
        "WHERE e.workspace_id = $1 AND e.is_active AND e.archived_at IS NULL ORDER BY e.created_at, e.id", tx.workspace)  # fmt: skip
    remotes = tuple(Remote(r["id"], r["code"], r["kind"], msgspec.convert(r["mapping"], Mapped), r["cost"]) for r in rows)
    number, policy = (row["number"], msgspec.convert(row["rules"], Policy)) if row else (0, SHIPPED)
    return Terms(number, policy, remotes, now=await tx.now() if remotes or policy.refresh_days else None)


async def with_answers(tx: Tx, terms: Terms, wanted: Iterable[Asking]) -> Terms:
    """The terms with what was answered to these questions and is still in force."""
    pairs = sorted(set(wanted))
    if not pairs:
        return terms
    rows = await tx.fetch(load(__name__, "told"), tx.workspace, [id for id, _ in pairs], [key for _, key in pairs], terms.now or await tx.now())
    told = {(r["provider_id"], r["key"]): Told(r["state"], r["facts"], r["at"], r["expires_at"]) for r in rows}
    return Terms(terms.number, terms.policy, terms.remotes, told, terms.holding, terms.now)


async def with_conditions(tx: Tx, terms: Terms, person_ids: Iterable[UUID]) -> Terms:
    """The terms with who meets which condition: one statement per different condition."""
    ids, everything = list(person_ids), Everything(tx.workspace)
    conditions = {step.mark: step.when for steps in terms.policy.waterfall.values() for step in steps if step.when is not None}
    holding = {mark: frozenset(await matching_ids(tx, CATALOG["Person"], when, everything, ids=ids)) for mark, when in conditions.items()}
    return Terms(terms.number, terms.policy, terms.remotes, terms.told, holding, terms.now)
