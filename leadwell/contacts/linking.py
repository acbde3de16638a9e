"""Links a contact to companies: many, one of them primary; a real one replaces the hidden one of an individual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, checked_version, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.contacts.refusals import HiddenCompany


@dataclass(frozen=True, slots=True)
class Link:
    """A company of a contact. `kind` INDIVIDUAL: the hidden company of a person."""

    company_id: UUID
    role: str | None
    is_primary: bool
    kind: str
    name: str
    to_on: Any = None

    @property
    def hidden(self) -> bool:
        return self.kind == "INDIVIDUAL"


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What linking does: `drop` is the hidden company that goes, `fresh` whether the link is new."""

    fresh: bool
    primary: bool
    drop: UUID | None = None


def plan_link(links: Sequence[Link], company_id: UUID, *, primary: bool) -> LinkPlan:
    """The first real company is primary; a later one only when asked."""
    current = next((link for link in links if link.company_id == company_id), None)
    real = [link for link in links if not link.hidden and link.is_primary]
    hidden = next((link.company_id for link in links if link.hidden), None)
    return LinkPlan(current is None, primary or not real or (current is not None and current.is_primary), hidden)


async def lock(tx: Tx, contact_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """The contact, locked behind its person; NotFound or StaleVersion."""
    row = await tx.row(load(__name__, "lock"), tx.workspace, contact_id)
    if row is None:
        if await tx.value("SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2", tx.workspace, contact_id):
            raise pg.SerializationError("the contact was given to another person meanwhile")
        raise NotFound(noun="contact")
    found = dict(row)
    checked_version(found, "contact", expected_version)
    return found


async def links_of(tx: Tx, contact_id: UUID) -> list[Link]:
    """All its companies, the primary one first."""
    return [Link(**row) for row in await tx.fetch(load(__name__, "links"), tx.workspace, contact_id)]


async def link_company(
    tx: Tx, contact_id: UUID, company_id: UUID, role: str | None = None, primary: bool = False, *, expected_version: int | None = None
) -> Revision:
    """Links, or changes role and primacy of an existing link, or opens a closed one again."""
    contact = await lock(tx, contact_id, expected_version)
    kind = await tx.value("SELECT c.kind FROM companies c WHERE c.workspace_id = $1 AND c.id = $2 AND c.archived_at IS NULL", tx.workspace, company_id)
    if kind is None:
        raise NotFound(field="company_id", noun="company")
    if kind == "INDIVIDUAL":
        raise HiddenCompany(field="company_id")
    plan = plan_link(await links_of(tx, contact_id), company_id, primary=primary)
    revision = await write_link(tx, contact, company_id, plan, role)
    data = {"company_id": company_id, "role": role, "primary": plan.primary, "changes": revision.changes}
    await events.note(tx, "contact.linked", "Contact", contact_id, person_id=contact["person_id"], version=revision.version, data=data)
    if "company_id" in revision.changes:
        person = str(contact["person_id"])
        await work.put(tx, work.NewJob("score", "score.person", {"person_id": person}, key=person))
    return revision


async def write_link(
    tx: Tx, contact: Mapping[str, Any], company_id: UUID, plan: LinkPlan, role: str | None = None, values: Mapping[str, Any] | None = None
) -> Revision:
    """Carries out a plan on a locked contact; `values` are further columns of the contact to write."""
    now = await tx.now()
    if plan.drop:
        await _drop_hidden(tx, contact["id"], plan.drop)
    if plan.primary:
        await tx.execute(
            "UPDATE contact_companies SET is_primary = false, version = version + 1, updated_at = $4"
            " WHERE workspace_id = $1 AND contact_id = $2 AND company_id <> $3 AND is_primary",
            tx.workspace, contact["id"], company_id, now,
        )
    await tx.execute(
        "INSERT INTO contact_companies AS l (workspace_id, id, contact_id, company_id, role, is_primary, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (workspace_id, contact_id, company_id) DO UPDATE"
        " SET role = coalesce(EXCLUDED.role, l.role), is_primary = EXCLUDED.is_primary, to_on = NULL, version = l.version + 1,"
        " updated_at = EXCLUDED.updated_at",
        tx.workspace, uuid7(), contact["id"], company_id, role, plan.primary, now,
    )
    written = {"company_id": company_id} if plan.primary else {}
    return await revise(tx, "contact", "contacts", contact, {**written, **(values or {})}, touch=True)


async def _drop_hidden(tx: Tx, contact_id: UUID, company_id: UUID) -> None:
    await tx.execute("DELETE FROM contact_companies WHERE workspace_id = $1 AND contact_id = $2 AND company_id = $3", tx.workspace, contact_id, company_id)
    await tx.execute(
        "UPDATE companies SET archived_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM contact_companies l WHERE l.workspace_id = $1 AND l.company_id = $2)",
        tx.workspace, company_id, await tx.now(),
    )
