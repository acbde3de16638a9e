"""Links a contact to companies: many, one of them primary; a real one replaces the hidden one of an individual."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events, work
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, checked_version, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.contacts.refusals import BadContactField, HiddenCompany


@fixed
class Link:
    """A company of a contact. `kind` INDIVIDUAL: the hidden company of a person."""

    company_id: UUID
    role: str | None
    is_primary: bool
    kind: str
    name: str
    to_on: date | None = None
    from_on: date | None = None

    @property
    def hidden(self) -> bool:
        return self.kind == "INDIVIDUAL"


@fixed
class LinkPlan:
    """What linking does: `drop` is the hidden company that goes, `fresh` whether the link is new."""

    fresh: bool
    primary: bool
    drop: UUID | None = None


def plan_link(links: Sequence[Link], company_id: UUID, *, primary: bool) -> LinkPlan:
    """The first real company is primary, or the next after the last one was left; a later one only when asked."""
    current = next((link for link in links if link.company_id == company_id), None)
    real = [link for link in links if not link.hidden and link.is_primary and link.to_on is None]
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


@fixed
class Span:
    """First and last day at a company; None: not known, or still there."""

    from_on: date | None = None
    to_on: date | None = None


async def link_company(
    tx: Tx, contact_id: UUID, company_id: UUID, role: str | None = None, primary: bool = False, *, span: Span | None = None,
    expected_version: int | None = None,
) -> Revision:
    """Links, or changes role and primacy of an existing link, or opens a closed one again. With a `to_on` before today it is history: a link that is
    over, and never the primary one. NotFound, HiddenCompany, BadContactField."""
    contact = await lock(tx, contact_id, expected_version)
    kind = await tx.value("SELECT c.kind FROM companies c WHERE c.workspace_id = $1 AND c.id = $2 AND c.archived_at IS NULL", tx.workspace, company_id)
    if kind is None:
        raise NotFound(field="company_id", noun="company")
    if kind == "INDIVIDUAL":
        raise HiddenCompany(field="company_id")
    links = await links_of(tx, contact_id)
    over = await _over(tx, span, primary)
    if over and any(link.company_id == company_id and link.is_primary for link in links):
        raise BadContactField(field="to_on", name="to_on", value=str(span and span.to_on), why="it is the primary company; end that link instead")
    plan = LinkPlan(all(link.company_id != company_id for link in links), False) if over else plan_link(links, company_id, primary=primary)
    back = {"left_company_at": None} if not over and contact["left_company_at"] else {}
    revision = await write_link(tx, contact, company_id, plan, role, back)
    if span:
        await _dated(tx, contact_id, company_id, span)
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


async def _over(tx: Tx, span: Span | None, primary: bool) -> bool:
    """Whether the days given are past; BadContactField when they contradict each other."""
    if span is None or span.to_on is None:
        return False
    if span.from_on and span.to_on < span.from_on:
        raise BadContactField(field="to_on", name="to_on", value=span.to_on.isoformat(), why="it lies before the first day")
    if primary:
        raise BadContactField(field="primary", name="primary", value="true", why="a link that has a last day is not the primary one")
    return True


async def _dated(tx: Tx, contact_id: UUID, company_id: UUID, span: Span) -> None:
    await tx.execute(
        "UPDATE contact_companies l SET from_on = coalesce($4, l.from_on), to_on = $5 WHERE l.workspace_id = $1 AND l.contact_id = $2 AND l.company_id = $3",
        tx.workspace, contact_id, company_id, span.from_on, span.to_on,
    )


async def _drop_hidden(tx: Tx, contact_id: UUID, company_id: UUID) -> None:
    await tx.execute("DELETE FROM contact_companies WHERE workspace_id = $1 AND contact_id = $2 AND company_id = $3", tx.workspace, contact_id, company_id)
    await tx.execute(
        "UPDATE companies SET archived_at = $3, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM contact_companies l WHERE l.workspace_id = $1 AND l.company_id = $2)",
        tx.workspace, company_id, await tx.now(),
    )
