"""Enrichment fills, suggests, remembers and leaves alone, in whole batches."""

from typing import Any
from uuid import UUID

import pytest

from leadwell.base import provenance
from leadwell.base.actor import Actor
from leadwell.base.identity import Flaw, company_key, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.enrichment import EnrichResult, enrich_people
from leadwell.work import Job
from workers import enrichment as door


async def add_person(tx: Tx, *, email: str | None = None, phone: str | None = None, lead: dict[str, Any] | None = None, **fields: Any) -> UUID:
    """A person as capture leaves it: values as given, nothing derived."""
    id, now = uuid7(), await tx.now()
    names = "".join(f", {name}" for name in fields)
    marks = "".join(f", ${at}" for at in range(4, 4 + len(fields)))
    await tx.execute(
        f"INSERT INTO people (workspace_id, id, created_at, updated_at{names}) VALUES ($1, $2, $3, $3{marks})",
        tx.workspace, id, now, *fields.values(),
    )
    if email:
        read = parse_email(email)
        parts = (email, email, "") if isinstance(read, Flaw) else (read.normalized, read.match_key, read.domain)
        await tx.execute(
            "INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8)", tx.workspace, uuid7(), id, email, *parts, now,
        )
    if phone:
        await tx.execute(
            "INSERT INTO person_phones (workspace_id, id, person_id, raw, is_primary, created_at) VALUES ($1, $2, $3, $4, true, $5)",
            tx.workspace, uuid7(), id, phone, now,
        )
    if lead is not None:
        await add_lead(tx, id, **lead)
    return id


async def add_lead(tx: Tx, person_id: UUID, **fields: Any) -> UUID:
    id, now = uuid7(), await tx.now()
    names = "".join(f", {name}" for name in fields)
    marks = "".join(f", ${at}" for at in range(5, 5 + len(fields)))
    await tx.execute(
        f"INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, status_since, created_at, updated_at{names})"
        f" SELECT $1, $2, $3, s.pipeline_id, s.id, $4, $4, $4{marks} FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW'",
        tx.workspace, id, person_id, now, *fields.values(),
    )
    return id


async def add_company(tx: Tx, name: str, domain: str | None = None, *, chosen: bool = True) -> UUID:
    id, now = uuid7(), await tx.now()
    await tx.execute(
        "INSERT INTO companies (workspace_id, id, name, name_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
        tx.workspace, id, name, company_key(name), now,
    )
    if domain:
        await tx.execute(
            "INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at) VALUES ($1, $2, $3, $4, $5)",
            tx.workspace, domain, id, chosen, now,
        )
    return id


class House:
    """Short words for a test: add, enrich, look."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self.db, self.actor = db, actor

    async def person(self, **what: Any) -> UUID:
        return await self.db.run(self.actor, lambda tx: add_person(tx, **what))

    async def company(self, name: str, domain: str | None = None, *, chosen: bool = True) -> UUID:
        return await self.db.run(self.actor, lambda tx: add_company(tx, name, domain, chosen=chosen))

    async def enrich(self, *ids: UUID) -> EnrichResult:
        return await self.db.run(self.actor, lambda tx: enrich_people(tx, list(ids)))

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.read(self.actor) as tx:
            return [dict(row) for row in await tx.fetch(sql, tx.workspace, *args)]

    async def row(self, table: str, id: UUID, key: str = "id") -> dict[str, Any]:
        (found,) = await self.rows(f"SELECT t.* FROM {table} t WHERE t.workspace_id = $1 AND t.{key} = $2", id)
        return found

    async def do(self, sql: str, *args: Any) -> None:
        await self.db.run(self.actor, lambda tx: tx.execute(sql, tx.workspace, *args))

    async def said_by(self, source: provenance.Source, noun: str, id: UUID, **fields: Any) -> None:
        await self.db.run(self.actor, lambda tx: provenance.record(tx, noun, id, fields, source))


@pytest.fixture
def house(db: Database, actor: Actor) -> House:
    return House(db, actor)


async def test_empty_fields_are_filled_with_provenance(house: House) -> None:
    id = await house.person(name="Jane Q. Doe", title="VP Sales", email="Jane.Doe@acme.com", phone="+1 660-485-0224")
    assert await house.enrich(id) == EnrichResult(changed=(id,))
    person = await house.row("people", id)
    told = ("first_name", "middle_name", "last_name", "department", "seniority", "time_zone", "country", "phone", "version")
    assert [person[field] for field in told] == ["Jane", "Q.", "Doe", "SALES", "VP", "America/Chicago", "US", "+16604850224", 2]
    assert (await house.row("person_emails", id, "person_id"))["class"] == "BUSINESS"
    phone = await house.row("person_phones", id, "person_id")
    assert (phone["e164"], phone["region"], phone["type"], phone["is_valid"]) == ("+16604850224", "US", "FIXED_OR_MOBILE", True)
    (origin,) = await house.rows("SELECT f.* FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = $2 AND f.field = 'seniority'", id)
    assert (origin["noun"], origin["value"], origin["source"], origin["provider"]) == ("Person", "VP", "PROVIDER", "titles")
    assert origin["evidence"] == {"title": "VP Sales"}


async def test_run_event_and_score_job_are_written_once(house: House) -> None:
    id = await house.person(name="Jane Doe")
    await house.enrich(id)
    assert await house.enrich(id) == EnrichResult(skipped=1)
    (run,) = await house.rows("SELECT r.* FROM enrichment_runs r WHERE r.workspace_id = $1")
    assert [(change["field"], change["before"], change["after"]) for change in run["changes"]] == [("first_name", None, "Jane"), ("last_name", None, "Doe")]
    (event,) = await house.rows("SELECT e.* FROM events e WHERE e.workspace_id = $1 AND e.kind = 'person.enriched'")
    assert (event["record_id"], event["person_id"], event["version"]) == (id, id, 2)
    assert event["data"] == {"run_id": str(run["id"]), "changes": {"first_name": [None, "Jane"], "last_name": [None, "Doe"]}}
    (job,) = await house.rows("SELECT w.* FROM work w WHERE w.workspace_id = $1 AND w.queue = 'score'")
    assert (job["kind"], job["key"], job["payload"]) == ("score.person", str(id), {"person_id": str(id)})


async def test_provider_never_overwrites_a_human_but_suggests(house: House) -> None:
    id = await house.person(title="CFO", department="SALES")
    await house.said_by("HUMAN", "Person", id, department="SALES")
    result = await house.enrich(id)
    person = await house.row("people", id)
    assert (person["department"], person["seniority"]) == ("SALES", "C_LEVEL")
    assert result.suggestions == 1
    (suggestion,) = await house.rows("SELECT s.* FROM field_suggestions s WHERE s.workspace_id = $1")
    told = ("noun", "record_id", "field", "value", "current_value", "provider", "state")
    assert [suggestion[field] for field in told] == ["Person", id, "department", "FINANCE", "SALES", "titles", "OPEN"]


async def test_newer_suggestion_replaces_the_open_one_and_a_dismissed_one_does_not_return(house: House) -> None:
    id = await house.person(title="CFO", department="SALES")
    await house.enrich(id)
    await house.do("UPDATE people p SET title = 'CMO' WHERE p.workspace_id = $1 AND p.id = $2", id)
    await house.enrich(id)
    (suggestion,) = await house.rows("SELECT s.value, s.state FROM field_suggestions s WHERE s.workspace_id = $1")
    assert suggestion == {"value": "MARKETING", "state": "OPEN"}
    await house.do("UPDATE field_suggestions s SET state = 'DISMISSED' WHERE s.workspace_id = $1")
    await house.do("UPDATE people p SET title = 'Chief Marketing Officer' WHERE p.workspace_id = $1 AND p.id = $2", id)
    assert (await house.enrich(id)).suggestions == 0


async def test_what_a_provider_filled_follows_when_the_facts_change(house: House) -> None:
    id = await house.person(title="CFO")
    await house.enrich(id)
    await house.do("UPDATE people p SET title = 'Head of Marketing' WHERE p.workspace_id = $1 AND p.id = $2", id)
    assert (await house.enrich(id)).changed == (id,)
    person = await house.row("people", id)
    assert (person["department"], person["seniority"]) == ("MARKETING", "HEAD")


async def test_what_a_person_changed_after_a_provider_is_theirs(house: House) -> None:
    id = await house.person(title="CFO")
    await house.enrich(id)
    await house.do("UPDATE people p SET department = 'LEGAL', title = 'CMO' WHERE p.workspace_id = $1 AND p.id = $2", id)
    assert (await house.enrich(id)).suggestions == 1
    assert (await house.row("people", id))["department"] == "LEGAL"


async def test_open_suggestion_of_a_form_is_not_replaced(house: House) -> None:
    id = await house.person(title="CFO", department="SALES")
    await house.do(
        "INSERT INTO field_suggestions (workspace_id, id, noun, record_id, field, value, source, confidence, created_at)"
        " VALUES ($1, $2, 'Person', $3, 'department', $4, 'FORM', 1, clock_timestamp())", uuid7(), id, "LEGAL",
    )
    await house.enrich(id)
    (suggestion,) = await house.rows("SELECT s.value, s.source FROM field_suggestions s WHERE s.workspace_id = $1")
    assert suggestion == {"value": "LEGAL", "source": "FORM"}


async def test_locked_field_is_left_alone(house: House) -> None:
    id = await house.person(title="CFO")
    await house.enrich(id)
    await house.do("UPDATE field_provenance f SET locked = true WHERE f.workspace_id = $1 AND f.record_id = $2", id)
    await house.do("UPDATE people p SET title = 'Head of Marketing' WHERE p.workspace_id = $1 AND p.id = $2", id)
    assert await house.enrich(id) == EnrichResult(unchanged=1)
    assert (await house.row("people", id))["department"] == "FINANCE"


async def test_open_lead_is_matched_to_the_company_of_the_domain(house: House) -> None:
    acme = await house.company("Acme, Inc.", "acme.com")
    id = await house.person(email="jane@mail.acme.com", lead={})
    await house.enrich(id)
    lead = await house.row("leads", id, "person_id")
    assert (lead["company_id"], lead["company_name"], lead["company_website"], lead["version"]) == (acme, "Acme, Inc.", "acme.com", 2)
    assert lead["company_match"] == {"state": "SUGGESTED", "by": "company", "evidence": {"domain": "acme.com", "company": "Acme, Inc."}}
    (event,) = await house.rows("SELECT e.* FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.updated'")
    assert (event["record_id"], event["version"]) == (lead["id"], 2)


async def test_company_that_appears_later_is_found_by_the_next_run(house: House) -> None:
    id = await house.person(email="jane@acme.com", lead={})
    await house.enrich(id)
    acme = await house.company("Acme", "acme.com")
    await house.enrich(id)
    assert (await house.row("leads", id, "person_id"))["company_id"] == acme


async def test_free_mail_is_no_company_evidence_and_a_name_is(house: House) -> None:
    await house.company("Google", "gmail.com")
    acme = await house.company("ACME Corporation")
    stranger = await house.person(email="jane@gmail.com", lead={})
    named = await house.person(email="joe@gmail.com", lead={"company_name": "Acme, Inc."})
    await house.enrich(stranger, named)
    assert (await house.row("leads", stranger, "person_id"))["company_id"] is None
    lead = await house.row("leads", named, "person_id")
    assert (lead["company_id"], lead["company_name"]) == (acme, "Acme, Inc.")


async def test_two_companies_of_one_domain_are_no_match_unless_one_is_chosen(house: House) -> None:
    await house.company("Acme Sales", "acme.com", chosen=False)
    id = await house.person(email="jane@acme.com", lead={})
    await house.company("Acme Service", "acme.com", chosen=False)
    await house.enrich(id)
    assert (await house.row("leads", id, "person_id"))["company_id"] is None
    chosen = await house.company("Acme", "acme.com")
    await house.enrich(id)
    assert (await house.row("leads", id, "person_id"))["company_id"] == chosen


async def test_converted_lead_is_not_touched(house: House) -> None:
    await house.company("Acme", "acme.com")
    id = await house.person(email="jane@acme.com", lead={"state": "CONVERTED"})
    await house.enrich(id)
    lead = await house.row("leads", id, "person_id")
    assert (lead["company_id"], lead["version"]) == (None, 1)


async def test_unreadable_address_and_number_are_kept_and_marked(house: House) -> None:
    id = await house.person(email="jane@@acme", phone="call me")
    await house.enrich(id)
    email, phone = await house.row("person_emails", id, "person_id"), await house.row("person_phones", id, "person_id")
    assert (email["address"], email["is_valid"], email["class"]) == ("jane@@acme", False, None)
    assert (phone["raw"], phone["is_valid"], phone["e164"]) == ("call me", False, None)


async def test_merged_and_unknown_people_are_left_out(house: House) -> None:
    kept = await house.person(name="Jane Doe")
    gone = await house.person(name="John Doe", merged_into=kept)
    assert await house.enrich(kept, gone, uuid7()) == EnrichResult(changed=(kept,))
    assert (await house.row("people", gone))["first_name"] is None


async def test_other_workspace_is_out_of_reach(house: House, db: Database, other_workspace: UUID) -> None:
    elsewhere = House(db, Actor.system(other_workspace))
    theirs = await elsewhere.person(name="Jane Doe", email="jane@acme.com", lead={})
    await house.company("Acme", "acme.com")
    assert await house.enrich(theirs) == EnrichResult()
    await elsewhere.enrich(theirs)
    assert (await elsewhere.row("leads", theirs, "person_id"))["company_id"] is None


async def test_job_enriches_its_people(house: House, db: Database, actor: Actor) -> None:
    id = await house.person(name="Jane Doe")
    kind = next(kind for kind in door.KINDS if kind.name == "enrich.person")
    created = (await house.row("people", id))["created_at"]
    job = Job(actor.workspace, uuid7(), kind.queue, kind.name, str(id), {"person_id": str(id)}, 1, 1, 0, 10, created, uuid7())
    await db.run(actor, lambda tx: kind.record(tx, [job, job], [None, None]))
    assert (await house.row("people", id))["first_name"] == "Jane"
