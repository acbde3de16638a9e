"""Makes a workspace and what it starts with: roles, pipelines, reasons, sources, topics. Everything here is data the workspace may edit."""

from typing import Any
from uuid import UUID

from leadwell import scoring
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx

ALL, READ = ["*"], ["read"]
EVERYTHING = {"*": {"verbs": ALL, "rows": "all"}}
WORKING = ["read", "create", "update", "convert", "junk", "enroll"]
ROLES: list[tuple[str, str, dict[str, Any]]] = [
    ("OWNER", "Owner", EVERYTHING),
    ("ADMIN", "Administrator", EVERYTHING),
    ("MANAGER", "Manager", {"*": {"verbs": [*WORKING, "reopen", "assign"], "rows": "all"}}),
    ("SALES", "Sales", {"*": {"verbs": READ, "rows": "all"}, **{n: {"verbs": WORKING, "rows": "all"} for n in ("people", "leads", "contacts", "companies", "deals", "activities", "tasks")}}),
    ("MARKETER", "Marketer", {"*": {"verbs": ["read", "create", "update", "enroll"], "rows": "all"}}),
    ("READ_ONLY", "Read only", {"*": {"verbs": READ, "rows": "all"}}),
    ("INTEGRATION", "Integration", EVERYTHING),
]
STATUSES = [
    ("New", "NEW", True), ("Working", "WORKING", True), ("Nurturing", "NURTURING", True), ("Qualified", "QUALIFIED", True),
    ("Converted", "CONVERTED", True), ("Junk", "JUNK", True), ("Merged", "MERGED", True),
]
STAGES = [
    ("Discovery", "OPEN", 10), ("Evaluation", "OPEN", 30), ("Proposal", "OPEN", 60), ("Negotiation", "OPEN", 80),
    ("Won", "WON", 100), ("Lost", "LOST", 0),
]
REASONS = [  # code, name, counts in conversion, trains models, recycle after days
    ("SPAM", "Spam", False, False, None), ("INVALID", "Invalid data", False, False, None), ("DUPLICATE", "Duplicate", False, False, None),
    ("NO_FIT", "No fit", True, True, None), ("NOT_INTERESTED", "Not interested", True, True, 180), ("UNREACHABLE", "Unreachable", True, True, 90),
    ("TIMING", "Bad timing", True, True, 90), ("COMPETITOR", "Went to a competitor", True, True, 365),
]
SOURCES = [
    ("Website form", "FORM"), ("Advertising", "ADVERTISING"), ("Social media", "SOCIAL"), ("Event", "EVENT"), ("E-mail", "EMAIL"), ("Referral", "REFERRAL"),
    ("Networking", "NETWORKING"), ("Phone", "PHONE"), ("Partner", "PARTNER"), ("Chat", "CHAT"), ("Imported list", "LIST"), ("API", "API"),
]
TOPICS = [  # code, name, kind, basis
    ("newsletter", "Newsletter and offers", "MARKETING", "CONSENT"), ("product", "About the product you asked for", "SALES", "LEGITIMATE_INTEREST"),
    ("service", "About your account", "SERVICE", "CONTRACT"),
]


async def create(db: Database, slug: str, name: str, *, kind: str = "LIVE", time_zone: str = "UTC", currency: str = "EUR", epoch: str = "") -> UUID:
    """The workspace with that slug, made if it is not there. Safe to run twice and to resume after a crash."""
    made = await db.control("SELECT lw_create_workspace($1, $2, $3, $4, $5, $6, $7) AS id", uuid7(), slug, name, kind, time_zone, currency, epoch)
    id = made[0]["id"] or (await db.control("SELECT lw_workspace_by_slug($1) AS id", slug))[0]["id"]
    await db.run(Actor.system(id), defaults, replayable=True)
    return id


async def defaults(tx: Tx) -> None:
    """What a workspace starts with; a workspace that has roles has had its defaults."""
    if await tx.value("SELECT 1 FROM roles r WHERE r.workspace_id = $1 LIMIT 1", tx.workspace):
        return
    now, ws = await tx.now(), tx.workspace
    stamped = "version, created_at, updated_at"
    await tx.many(f"INSERT INTO roles (workspace_id, id, code, name, grants, {stamped}) VALUES ($1, $2, $3, $4, $5, 1, $6, $6)",
                  [(ws, uuid7(), *role, now) for role in ROLES])
    for kind, label in (("LEAD", "Leads"), ("DEAL", "Sales")):
        pipeline = uuid7()
        await tx.execute(f"INSERT INTO pipelines (workspace_id, id, kind, name, is_default, {stamped}) VALUES ($1, $2, $3, $4, true, 1, $5, $5)",
                         ws, pipeline, kind, label, now)
        if kind == "LEAD":
            await tx.many(f"INSERT INTO lead_statuses (workspace_id, id, pipeline_id, name, type, is_default, position, {stamped}) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)",
                          [(ws, uuid7(), pipeline, *status, i, now) for i, status in enumerate(STATUSES)])
        else:
            await tx.many(f"INSERT INTO deal_stages (workspace_id, id, pipeline_id, name, type, probability, position, {stamped}) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)",
                          [(ws, uuid7(), pipeline, *stage, i, now) for i, stage in enumerate(STAGES)])
    await tx.many(f"INSERT INTO junk_reasons (workspace_id, id, code, name, counts_in_conversion, trains_model, recycle_after_days, {stamped}) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)",
                  [(ws, uuid7(), *reason, now) for reason in REASONS])
    await tx.many(f"INSERT INTO sources (workspace_id, id, name, channel, {stamped}) VALUES ($1, $2, $3, $4, 1, $5, $5)",
                  [(ws, uuid7(), *source, now) for source in SOURCES])
    await scoring.defaults(tx)
    await tx.many(f"INSERT INTO topics (workspace_id, id, code, name, kind, basis, {stamped}) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)",
                  [(ws, uuid7(), *topic, now) for topic in TOPICS])
