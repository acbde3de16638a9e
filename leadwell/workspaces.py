"""Makes a workspace and what it starts with: roles, pipelines, reasons, sources, topics; and changes what it chose. All of it is its own data."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell import conversion, deals, events, scoring
from leadwell.base.actor import Actor
from leadwell.base.identity import Email, ascii_domain, clean, country_code, parse_email
from leadwell.base.identity.currencies import CODES
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, checked_version, differing
from leadwell.base.tx import Database, Tx
from leadwell.base.workspace import WorkspaceSettings

ALL, READ = ["*"], ["read"]
EVERYTHING = {"*": {"verbs": ALL, "rows": "all"}}
SOLD = ("people", "leads", "contacts", "companies", "deals", "activities", "tasks")
SHARED_OUT = ("calendars", "responsePolicies", "leadQueues", "territories", "absences", "automations")
WORKING = ["read", "create", "update", "convert", "junk", "enroll", "merge"]
FILES = {"files": {"verbs": ["read", "create", "update"], "rows": "all"}}   # put on, and taken off, what they may change
IMPORTS = {"imports": {"verbs": ["read", "create", "update", "delete"], "rows": "all"}}   # an import that can be made can be taken back
ROLES: list[tuple[str, str, dict[str, Any]]] = [
    ("OWNER", "Owner", EVERYTHING),
    ("ADMIN", "Administrator", EVERYTHING),
    ("MANAGER", "Manager", {"*": {"verbs": [*WORKING, "reopen", "assign", "unmerge", "delete"], "rows": "all"},
                            **{noun: {"verbs": ["read", "create", "update"], "rows": "all"} for noun in SHARED_OUT}}),
    ("SALES", "Sales", {"*": {"verbs": READ, "rows": "all"}, **{noun: {"verbs": WORKING, "rows": "all"} for noun in SOLD},
                        "tags": {"verbs": ["read", "create"], "rows": "all"}, "duplicatePairs": {"verbs": ["read", "update"], "rows": "all"},
                        "consents": {"verbs": ["read", "create"], "rows": "all"}, **FILES}),
    ("MARKETER", "Marketer", {"*": {"verbs": ["read", "create", "update", "enroll"], "rows": "all"}, **IMPORTS}),
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
CLOSE_REASONS = [  # state, code, name
    ("WON", "FIT", "Best fit"), ("WON", "PRICE", "Price"), ("WON", "RELATIONSHIP", "Relationship"),
    ("LOST", "PRICE", "Price"), ("LOST", "COMPETITOR", "Went to a competitor"), ("LOST", "NO_BUDGET", "No budget"), ("LOST", "NO_DECISION", "No decision"),
    ("LOST", "TIMING", "Bad timing"), ("LOST", "FEATURES", "Something was missing"),
]
SOURCES = [
    ("Website form", "FORM"), ("Advertising", "ADVERTISING"), ("Social media", "SOCIAL"), ("Event", "EVENT"), ("E-mail", "EMAIL"), ("Referral", "REFERRAL"),
    ("Networking", "NETWORKING"), ("Phone", "PHONE"), ("Partner", "PARTNER"), ("Chat", "CHAT"), ("Imported list", "LIST"), ("API", "API"),
]
TOPICS = [  # code, name, kind, basis
    ("newsletter", "Newsletter and offers", "MARKETING", "CONSENT"), ("product", "About the product you asked for", "SALES", "LEGITIMATE_INTEREST"),
    ("service", "About your account", "SERVICE", "CONTRACT"),
]
MEMBER_STATUSES = [  # code, name, responded
    ("ADDED", "Added", False), ("INVITED", "Invited", False), ("RESPONDED", "Responded", True), ("REGISTERED", "Registered", True),
    ("ATTENDED", "Attended", True), ("NO_SHOW", "Did not come", True),
]

BOUNCES = {"soft_bounces": 1000, "soft_bounce_days": 366}
MOST_EXCEPTIONS = 1000


class BadSetting(Refusal):
    """{name} cannot hold "{value}": {why}."""

    fix = "Correct the value; what else you sent was not saved either."


async def create(db: Database, slug: str, name: str, *, kind: str = "LIVE", time_zone: str = "UTC", currency: str = "EUR", epoch: str = "") -> UUID:
    """The workspace with that slug, made if it is not there. Safe to run twice and to resume after a crash."""
    made = await db.control("SELECT lw_create_workspace($1, $2, $3, $4, $5, $6, $7) AS id", uuid7(), slug, name, kind, time_zone, currency, epoch)
    id = made[0]["id"] or (await db.control("SELECT lw_workspace_by_slug($1) AS id", slug))[0]["id"]
    await db.run(Actor.system(id), defaults, replayable=True)
    return id


async def defaults(tx: Tx) -> None:
    """What a workspace starts with; a workspace that has roles has had its defaults. Two at once take turns on the workspace's cursor row."""
    await tx.execute("INSERT INTO event_cursors (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING", tx.workspace)
    await tx.value("SELECT 1 FROM event_cursors c WHERE c.workspace_id = $1 FOR UPDATE", tx.workspace)
    if await tx.value("SELECT 1 FROM roles r WHERE r.workspace_id = $1 LIMIT 1", tx.workspace):
        return
    await _seed(tx, "roles", "code, name, grants", ROLES)
    leads, sales = await _seed(tx, "pipelines", "kind, name, is_default", [("LEAD", "Leads", True), ("DEAL", "Sales", True)])
    await _seed(tx, "lead_statuses", "pipeline_id, name, type, is_default, position", [(leads, *status, i) for i, status in enumerate(STATUSES)])
    await _seed(tx, "deal_stages", "pipeline_id, name, type, probability, position", [(sales, *stage, i) for i, stage in enumerate(STAGES)])
    await _seed(tx, "junk_reasons", "code, name, counts_in_conversion, trains_model, recycle_after_days", REASONS)
    await _seed(tx, "close_reasons", "state, code, name", CLOSE_REASONS)
    await _seed(tx, "sources", "name, channel", SOURCES)
    await _seed(tx, "topics", "code, name, kind, basis", TOPICS)
    await _seed(tx, "member_statuses", "code, name, responded, position", [(*status, i) for i, status in enumerate(MEMBER_STATUSES)])
    await scoring.defaults(tx)


async def update_settings(tx: Tx, given: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Keeps the settings given, by their names in WorkspaceSettings; the others stay. BadSetting, BadMapping, StaleVersion."""
    if given.get("convert_fields"):
        conversion.check_mapping(given["convert_fields"], await _custom_fields(tx))
    row = await tx.row("SELECT w.version, w.settings FROM lw_workspace($1) w", tx.workspace)
    assert row is not None, "a transaction is always in a workspace"
    checked_version(dict(row), "workspace", expected_version)
    changes = differing(asdict(WorkspaceSettings.of(row["settings"])), {name: _checked(name, value) for name, value in given.items()})
    if not changes:
        return Revision(changes, row["version"])
    chosen = row["settings"] | {name: after for name, (_, after) in changes.items()}
    version = await tx.value("SELECT lw_set_settings($1, $2, $3)", tx.workspace, row["version"], chosen)
    if version is None:   # somebody was faster: theirs stays, and this is added to it
        return await update_settings(tx, given, expected_version)
    revision = Revision(changes, version)
    await events.revised(tx, "workspace.updated", "Workspace", tx.workspace, revision)
    return revision


async def _custom_fields(tx: Tx) -> dict[tuple[str, str], str]:
    rows = await tx.fetch("SELECT f.noun, f.key, f.type FROM custom_fields f WHERE f.workspace_id = $1 AND f.archived_at IS NULL", tx.workspace)
    return {(row["noun"], row["key"]): row["type"] for row in rows}


async def describe(tx: Tx, given: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """What the workspace is: `name`, `time_zone`, `currency`, `country`, `locale`; the others stay. A new currency has every base amount reckoned anew.
    BadSetting, StaleVersion."""
    row = await tx.row("SELECT w.version, w.name, w.time_zone, w.currency, w.country, w.locale FROM lw_workspace($1) w", tx.workspace)
    assert row is not None, "a transaction is always in a workspace"
    checked_version(dict(row), "workspace", expected_version)
    changes = differing(dict(row), {name: _told(name, value) for name, value in given.items()})
    if not changes:
        return Revision(changes, row["version"])
    after = dict(row) | {name: new for name, (_, new) in changes.items()}
    told = (after[name] for name in ("name", "time_zone", "currency", "country", "locale"))
    version = await tx.value("SELECT lw_set_workspace($1, $2, $3, $4, $5, $6, $7)", tx.workspace, row["version"], *told)
    if version is None:   # somebody was faster: theirs stays, and this is added to it
        return await describe(tx, given, expected_version)
    if "currency" in changes:
        await deals.rebase(tx)
    revision = Revision(changes, version)
    await events.revised(tx, "workspace.updated", "Workspace", tx.workspace, revision)
    return revision


def _told(name: str, value: Any) -> str | None:
    """A field of the workspace as it is kept."""
    text = clean(value)
    if name == "country" and not text:
        return None
    read = READERS[name](text or "")
    if not read:
        why = {"name": "it is empty", "locale": "it is no language tag, such as de or pt-BR"}.get(name, f"it is no {name.replace('_', ' ')}")
        raise BadSetting(field=name, name=name, value=str(value)[:60], why=why)
    return read


def _zone(text: str) -> str | None:
    try:
        return ZoneInfo(text).key if text else None
    except (KeyError, ValueError, OSError):
        return None


READERS: Mapping[str, Callable[[str], str | None]] = {
    "name": lambda text: text, "time_zone": _zone, "country": country_code, "currency": lambda text: text.upper() if text.upper() in CODES else None,
    "locale": lambda text: text if re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?", text) else None,
}


def _checked(name: str, value: Any) -> Any:
    if name in BOUNCES and not 0 <= value <= BOUNCES[name]:
        raise BadSetting(field=name, name=name, value=str(value), why=f"it is not a whole number from 0 to {BOUNCES[name]}")
    if name != "capture_exceptions":
        return value
    if len(value) > MOST_EXCEPTIONS:
        raise BadSetting(field=name, name=name, value="…", why=f"{len(value)} entries are more than the {MOST_EXCEPTIONS} allowed")
    return tuple(dict.fromkeys(_address(name, i, text) for i, text in enumerate(value)))


def _address(name: str, index: int, text: str) -> str:
    """An e-mail address, or a domain with or without @, in the form in which submissions are compared with it."""
    email = parse_email(text)
    found = email.normalized if isinstance(email, Email) else ascii_domain(text.strip().removeprefix("@"))
    if found is None:
        raise BadSetting(field=f"{name}.{index}", name=name, value=text[:60], why="it is neither an e-mail address nor a domain")
    return found


async def _seed(tx: Tx, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> list[UUID]:
    """Inserts rows with fresh ids, version 1 and the time; returns the ids in order."""
    ids, now = [uuid7() for _ in rows], await tx.now()
    places = ", ".join(f"${i}" for i in range(4, 4 + columns.count(",") + 1))
    await tx.many(
        f"INSERT INTO {table} (workspace_id, id, created_at, updated_at, {columns}) VALUES ($1, $2, $3, $3, {places})",
        [(tx.workspace, id, now, *row) for id, row in zip(ids, rows, strict=True)])
    return ids
