"""Activities from files: calls, mails, meetings, notes; each once, about whom and what the row names."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import timeline
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.timeline import NewActivity
from leadwell.transfer.nouns import readers
from leadwell.transfer.nouns.looking import link, outside, people_at
from leadwell.transfer.nouns.shape import Case, Field, Importable, Way, declared

KINDS = {
    "call": "CALL", "phone call": "CALL", "phonecall": "CALL", "logged call": "CALL", "email": "EMAIL", "e-mail": "EMAIL", "mail": "EMAIL",
    "meeting": "MEETING", "event": "MEETING", "appointment": "MEETING", "demo": "MEETING", "lunch": "MEETING", "note": "NOTE", "notes": "NOTE",
    "task": "TASK_DONE", "to-do": "TASK_DONE", "todo": "TASK_DONE", "deadline": "TASK_DONE", "task done": "TASK_DONE", "ticket": "TICKET", "survey": "SURVEY",
}  # fmt: skip
DIRECTIONS = {"inbound": "INBOUND", "incoming": "INBOUND", "in": "INBOUND", "outbound": "OUTBOUND", "outgoing": "OUTBOUND", "out": "OUTBOUND"}
FIELDS = declared(
    Field("kind", "CALL, EMAIL, MEETING, NOTE or TASK_DONE; NOTE when left out, CALL where there is a duration of a call.",
          "kind|type|activity type|activity|engagement type|task subtype", readers.one_of(KINDS, "BAD_KIND", "a kind of activity"), "kind"),
    Field("at", "When it happened.", "at|date|activity date|activitydate|call start time|start datetime|start time|start date|due date|"
          "activity due date|actual end|timestamp|created time|create date|createddate|created", readers.moment, "at"),
    Field("subject", "What it was about.", "subject|title|activity subject|call title|meeting title|call subject", readers.line, "subject"),
    Field("body", "Notes.", "body|notes|note|description|comments|call notes|meeting notes|activity note|note body|full comments", readers.lines, "body"),
    Field("outcome", "How it ended.", "outcome|call outcome|meeting outcome|call result|call purpose|result", readers.line, "outcome"),
    Field("direction", "INBOUND or OUTBOUND.", "direction|call type|call direction|calltype", readers.one_of(DIRECTIONS, "BAD_DIRECTION", "a direction"),
          "direction"),
    Field("duration", "How long it took: seconds, 7 min, 1:30:00.", "duration|call duration|call duration in seconds|calldurationinseconds|duration seconds|"
          "activity duration", readers.seconds, "duration_seconds"),
    Field("email", "Address of whom it was with.", "email|contact email|participant|with", link="Person"),
    Field("contactId", "What the other system calls the contact.", "contact id|contactid|whoid|associated contact ids", link="Contact"),
    Field("leadId", "What the other system calls the lead.", "lead id|leadid", link="Lead"),
    Field("companyId", "What the other system calls the company.", "account id|accountid|company id|associated company ids|organization id", link="Company"),
    Field("dealId", "What the other system calls the deal.", "deal id|opportunity id|opportunityid|potential id|potentialid|associated deal ids|whatid",
          link="Deal"),
    Field("owner", "Name or e-mail address of the user whose doing it was.", "owner|activity owner|call owner|event owner|assigned to|assigned to user",
          link="User"),
    Field("externalId", "What the other system calls the activity.", "external id|externalid|id|record id|activity id|taskid|eventid|call id|activityid",
          link="own"),
)  # fmt: skip
ABOUT = (("contactId", "Contact"), ("leadId", "Lead"), ("companyId", "Company"), ("dealId", "Deal"))


async def meet(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Whom and what each is about; which were told before."""
    await link(tx, cases, (("owner", "User", "user_id"),))
    at = await people_at(tx, (case.links["email"] for case in cases if case.links.get("email")))
    for case in cases:
        case.more["links"] = []
        case.more["people"] = [at[case.links["email"]]] if case.links.get("email") in at else []
    for name, noun in ABOUT:
        naming = [case for case in cases if case.links.get(name, "0") != "0"]
        known = await outside(tx, noun, way.system, (case.links[name] for case in naming))
        for case in naming:
            case.more["links"] += [(noun, known[case.links[name]])] if case.links[name] in known else []
    await _people(tx, cases)
    keys = {case.number: _key(case, way) for case in cases}
    told = {key: id for source in {key[0] for key in keys.values()} for key, id in (await _told(tx, source,
          [k[1] for k in keys.values() if k[0] == source])).items()}
    for case in cases:
        case.record_id = told.get(keys[case.number])
        if not case.more["people"] and not case.more["links"] and case.record_id is None:
            case.fatal = ("ABOUT_NOBODY", "Nothing that is known here is named: no contact, lead, company, deal or address. Import those first.")


async def _people(tx: Tx, cases: Sequence[Case]) -> None:
    """Whoever stands behind a lead or contact took part."""
    for noun, table in (("Contact", "contacts"), ("Lead", "leads")):
        ids = [id for case in cases for what, id in case.more["links"] if what == noun]
        sql = f"SELECT x.id, x.person_id FROM {table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[])"
        behind = {row["id"]: row["person_id"] for row in await tx.fetch(sql, tx.workspace, ids)} if ids else {}
        for case in cases:
            case.more["people"] += [behind[id] for what, id in case.more["links"] if what == noun and id in behind]


def _key(case: Case, way: Way) -> tuple[str, str]:
    return (way.system, f"{case.given('kind') or ''} {case.links['externalId']}".strip()) if case.links.get("externalId") else ("import", case.more["digest"])


async def _told(tx: Tx, source: str, ids: Sequence[str]) -> dict[tuple[str, str], UUID]:
    sql = "SELECT k.external_id, k.activity_id FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = $2 AND k.external_id = ANY($3::text[])"
    return {(source, row["external_id"]): row["activity_id"] for row in await tx.fetch(sql, tx.workspace, source, list(ids))}


async def current(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """What was recorded does not change, so there is nothing to compare."""
    return {}


async def make(tx: Tx, way: Way, cases: Sequence[Case]) -> None:
    """Recorded once each; twins of one batch share the id."""
    told = [_activity(case, way) for case in cases]
    made = set[UUID]()
    for case, id in zip(cases, await timeline.record_many(tx, told), strict=True):
        case.record_id, case.action = id, "UNCHANGED" if id in made else "CREATED"
        made.add(id)


def _activity(case: Case, way: Way) -> NewActivity:
    source, external = _key(case, way)
    names = ("at", "subject", "body", "outcome", "direction", "duration_seconds", "user_id")
    kind: Any = case.given("kind") or ("CALL" if case.given("duration_seconds") is not None or case.given("direction") else "NOTE")
    data = {"import_id": case.more["import"], "row": case.number} if case.more.get("import") else {}
    return NewActivity(
        kind, list(dict.fromkeys(case.more["people"])), list(dict.fromkeys(case.more["links"])), source=source, external_id=external, data=data,
        **{name: case.given(name) for name in names},
    )  # fmt: skip


async def change(tx: Tx, id: UUID, changes: Mapping[str, Any]) -> Any:
    raise AssertionError("activities do not change")


async def withdraw(tx: Tx, ids: Sequence[UUID]) -> None:
    """An activity stays as it was written; it is taken off everybody's timeline, and the same row may come again."""
    for name in ("free_activity_keys", "free_participants", "free_links"):
        await tx.execute(load(__name__, name), tx.workspace, list(ids))


ACTIVITY = Importable("Activity", FIELDS, ("subject", "body", "at", "externalId"), meet, current, make, change, withdraw)
