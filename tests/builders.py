"""Rows for tests, written straight into the tables: what a verb under test finds when it starts."""

from typing import Any
from uuid import UUID

from leadwell.base.identity import Email, company_key, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx


async def insert(tx: Tx, table: str, **values: Any) -> None:
    """One row in the transaction's workspace."""
    columns = ["workspace_id", *values]
    marks = ", ".join(f"${i}" for i in range(1, len(columns) + 1))
    await tx.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", tx.workspace, *values.values())


async def stamps(tx: Tx) -> dict[str, Any]:
    """`created_at` and `updated_at`."""
    now = await tx.now()
    return {"created_at": now, "updated_at": now}


async def make_user(tx: Tx, name: str = "Sam Seller", role: str = "SALES", **more: Any) -> UUID:
    """A user with a role of the workspace."""
    id = uuid7()
    role_id = await tx.value("SELECT r.id FROM roles r WHERE r.workspace_id = $1 AND r.code = $2", tx.workspace, role)
    row = {"name": name, "email": f"{id.hex}@seller.example", "role_id": role_id} | more
    await insert(tx, "users", id=id, **row, **await stamps(tx))
    return id


async def make_person(
    tx: Tx, name: str = "Ada Lovelace", email: str | None = None, phone: str | None = None, **more: Any
) -> UUID:
    """A person with the address and number rows and keys that identify them; `email=None` makes a fresh address."""
    id, now = uuid7(), await tx.now()
    address = f"{id.hex}@acme.example" if email is None else email
    first, _, last = name.rpartition(" ")
    row = {"name": name, "first_name": first or None, "last_name": last, "email": address or None, "phone": phone} | more
    await insert(tx, "people", id=id, **row, **await stamps(tx))
    if address:
        read = parse_email(address)
        assert isinstance(read, Email), read
        await insert(
            tx, "person_emails", id=uuid7(), person_id=id, address=address, normalized=read.normalized,
            match_key=read.match_key, domain=read.domain, is_primary=True, created_at=now,
        )
        await insert(tx, "person_keys", kind="EMAIL", key=read.match_key, person_id=id, created_at=now)
    if phone:
        await insert(tx, "person_phones", id=uuid7(), person_id=id, raw=phone, e164=phone, is_primary=True, created_at=now)
        await insert(tx, "person_keys", kind="PHONE", key=phone, person_id=id, created_at=now)
    return id


async def status_of(tx: Tx, type: str) -> UUID:
    """The default status of that type in the default lead pipeline."""
    return await tx.value(
        "SELECT s.id FROM lead_statuses s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id"
        " WHERE s.workspace_id = $1 AND s.type = $2 AND s.is_default AND p.kind = 'LEAD' AND p.is_default",
        tx.workspace, type,
    )


async def make_lead(tx: Tx, person_id: UUID | None = None, *, status: str = "NEW", **more: Any) -> UUID:
    """An open lead with its status span, of `person_id` or of a fresh person."""
    id, now = uuid7(), await tx.now()
    person_id = person_id or await make_person(tx)
    status_id = await status_of(tx, status)
    pipeline_id = await tx.value("SELECT s.pipeline_id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, status_id)
    row = {"person_id": person_id, "pipeline_id": pipeline_id, "status_id": status_id, "status_since": now} | more
    await insert(tx, "leads", id=id, **row, **await stamps(tx))
    await insert(tx, "lead_status_spans", id=uuid7(), lead_id=id, status_id=status_id, entered_at=now, actor="SYSTEM")
    return id


async def make_company(tx: Tx, name: str = "Acme Ltd", domain: str | None = None, **more: Any) -> UUID:
    """A company with the keys that make it unique: its domain, else its name."""
    id, now = uuid7(), await tx.now()
    name_key = company_key(name) or name
    row = {"name": name, "name_key": name_key, "domain": domain} | more
    await insert(tx, "companies", id=id, **row, **await stamps(tx))
    if row.get("kind") == "INDIVIDUAL":
        return id
    key = name_key + chr(31) + (row.get("country") or "")
    await insert(tx, "company_keys", kind="NAME", key=key, company_id=id, created_at=now)
    if domain:
        await insert(tx, "company_domains", domain=domain, company_id=id, match_primary=True, created_at=now)
        await insert(tx, "company_keys", kind="DOMAIN", key=domain, company_id=id, created_at=now)
    return id


async def make_contact(tx: Tx, person_id: UUID | None = None, company_id: UUID | None = None, **more: Any) -> UUID:
    """A contact with a primary company: `company_id` or a fresh one."""
    id = uuid7()
    person_id = person_id or await make_person(tx)
    company_id = company_id or await make_company(tx, name=f"Company {id.hex}")
    await insert(tx, "contacts", id=id, person_id=person_id, company_id=company_id, **more, **await stamps(tx))
    await insert(tx, "contact_companies", id=uuid7(), contact_id=id, company_id=company_id, is_primary=True, **await stamps(tx))
    return id


async def stage_of(tx: Tx, type: str = "OPEN") -> UUID:
    """The first stage of that type in the default deal pipeline."""
    return await tx.value(
        "SELECT s.id FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id"
        " WHERE s.workspace_id = $1 AND s.type = $2 AND p.kind = 'DEAL' AND p.is_default ORDER BY s.position LIMIT 1",
        tx.workspace, type,
    )


async def make_deal(tx: Tx, company_id: UUID | None = None, *, name: str = "Acme – analytics", **more: Any) -> UUID:
    """An open deal in the first stage, with its stage span."""
    id, now = uuid7(), await tx.now()
    stage_id = await stage_of(tx)
    pipeline_id = await tx.value("SELECT s.pipeline_id FROM deal_stages s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, stage_id)
    row = {"pipeline_id": pipeline_id, "stage_id": stage_id, "stage_since": now, "currency": "EUR", "probability": 10} | more
    await insert(tx, "deals", id=id, name=name, company_id=company_id, **row, **await stamps(tx))
    await insert(tx, "deal_stage_spans", id=uuid7(), deal_id=id, stage_id=stage_id, entered_at=now, actor="SYSTEM")
    return id


async def make_task(tx: Tx, title: str = "Call back", **more: Any) -> UUID:
    """An open task."""
    id = uuid7()
    await insert(tx, "tasks", id=id, title=title, **more, **await stamps(tx))
    return id


async def make_campaign(tx: Tx, name: str = "Spring fair", **more: Any) -> UUID:
    """A campaign."""
    id = uuid7()
    await insert(tx, "campaigns", id=id, name=name, **more, **await stamps(tx))
    return id


async def make_activity(tx: Tx, person_id: UUID, kind: str = "NOTE", **more: Any) -> UUID:
    """An activity the person took part in."""
    id, now = uuid7(), await tx.now()
    row = {"at": now} | more
    await insert(tx, "activities", id=id, kind=kind, created_at=now, **row)
    await insert(tx, "activity_participants", activity_id=id, person_id=person_id, kind=kind, at=row["at"], reading=row.get("reading", "HUMAN"),
                 subject=row.get("subject"))
    return id


async def counts(tx: Tx) -> dict[str, int]:
    """How many rows of each table the transaction sees: a refusal must leave it as it was."""
    tables = await tx.fetch(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relname NOT IN ('sessions', 'sign_in_links', 'api_keys', 'form_keys', 'feed_keys', 'enrichment_keys') ORDER BY 1",
    )
    return {t["name"]: await tx.value(f"SELECT count(*) FROM {t['name']} x WHERE x.workspace_id = $1", tx.workspace) for t in tables}
