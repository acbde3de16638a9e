"""The tables that a rehearsal writes to, as temporary ones of the same name: they stand before the real ones for whatever is said in its transaction."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from asyncpg import PostgresError

from leadwell import consent
from leadwell.base.sql import load
from leadwell.base.tx import Tx

ALL, NONE, THEIRS = "true", "false", "t.person_id = ANY($2::uuid[])"
COMPANIES = " OR ".join(
    f"t.id IN (SELECT x.company_id FROM public.{table} x WHERE x.workspace_id = $1 AND x.person_id = ANY($2::uuid[]))" for table in ("leads", "contacts"))
# Each with the rows that are copied: $2 the people, $3 the hashes of their addresses, $4 since when mail counts. All other tables are read as they are.
ROWS: Mapping[str, str] = {
    "people": "t.id = ANY($2::uuid[])", "person_emails": THEIRS, "companies": COMPANIES, "leads": THEIRS, "contacts": THEIRS,
    "mail_addresses": "t.hash = ANY($3::bytea[])", "consents": f"{THEIRS} AND t.address_hash = ANY($3::bytea[])",
    "suppressions": "t.address_hash = ANY($3::bytea[])", "sequences": ALL, "sequence_versions": ALL, "sequence_blocks": THEIRS, "enrollments": THEIRS,
    "enrollment_steps": NONE, "sends": f"{THEIRS} AND t.state = 'SENT' AND t.planned_at > $4", "segments": ALL, "segment_members": ALL, "send_slots": ALL,
    "send_bookings": ALL, "events": NONE, "work": NONE,
}  # fmt: skip

LISTS = ["enrollments_awaits"]     # indexes of lists and of what does not happen here
FOUND = ["people", "leads", "contacts", "companies", "sends"]       # tables that are only asked for a person's rows and for what is due
GROWING = ("people", "person_emails", "companies", "leads", "contacts", "mail_addresses", "consents", "suppressions", "enrollments", "sends")


async def shadow(tx: Tx, people: Sequence[UUID], since: object) -> None:
    """Makes the tables, empty or with the rows of these people. What was planned before for the real tables is planned anew."""
    emails = await tx.fetch("SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[])", tx.workspace, list(people))
    hashes = sorted({consent.hash_of_normalized(row["normalized"]) for row in emails})
    await _roomy(tx)
    tables = await tx.fetch(load(__name__, "shadowed"), tx.workspace, list(ROWS), LISTS, FOUND)
    for table in tables:
        name, columns = table["name"], ", ".join(table["columns"])
        await tx.execute(f"CREATE TEMPORARY TABLE {name} (LIKE public.{name} INCLUDING DEFAULTS INCLUDING GENERATED)")
        if ROWS[name] != NONE:
            await tx.execute(
                f"INSERT INTO pg_temp.{name} (workspace_id, {columns}) SELECT $1, {columns} FROM public.{name} t "
                f"CROSS JOIN (SELECT $2::uuid[], $3::bytea[], $4::timestamptz) AS given WHERE t.workspace_id = $1 AND ({ROWS[name]})",
                tx.workspace, list(people), hashes, since)
    for table in tables:
        await tx.execute("; ".join(table["indexes"]))
    await tx.execute("DISCARD PLANS")
    await tx.execute("ANALYZE " + ", ".join(f"pg_temp.{table['name']}" for table in tables))


async def _roomy(tx: Tx) -> None:
    """Memory for the tables; where the connection had temporary ones before, it is too late for that, and they are slower."""
    await tx.execute("SAVEPOINT roomy")
    try:
        await tx.execute("SET temp_buffers = '256MB'")
    except PostgresError:
        await tx.execute("ROLLBACK TO SAVEPOINT roomy")


async def reckon(tx: Tx) -> None:
    """Tells the planner how large the tables have grown that grow."""
    await tx.execute("ANALYZE " + ", ".join(f"pg_temp.{name}" for name in GROWING))
