"""What an automation does with a record: each action in its own savepoint, so that one that is refused leaves the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadwell import assignment, companies, contacts, deals, events, leads, notifications, nurture, tasks
from leadwell.access.sees import Sees
from leadwell.assignment import Wanted
from leadwell.automation.rights import still
from leadwell.automation.rules import Act, Rule, snake
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.tasks import About, NewTask

TABLES = {"Lead": "leads", "Contact": "contacts", "Company": "companies", "Deal": "deals"}
ABOUT: Mapping[str, Callable[[UUID], About]] = {
    "Lead": lambda id: About(lead_id=id), "Contact": lambda id: About(contact_id=id), "Company": lambda id: About(company_id=id),
    "Deal": lambda id: About(deal_id=id),
}  # fmt: skip
UPDATE: Mapping[str, Any] = {"Lead": leads.update, "Contact": contacts.update, "Company": companies.update, "Deal": deals.update}


class NobodyThere(Refusal):
    """Nobody owns the record, and the action names no user."""

    fix = "Name a user in the action, or assign the record first."


@dataclass(frozen=True, slots=True)
class Acting:
    """An automation at work: what it says, and under whose rights; `author` is None where they are gone."""

    id: UUID
    rule: Rule
    author: Sees | None


async def perform(tx: Tx, by: Acting, record_id: UUID, act: Act) -> dict[str, Any]:
    """What became of one action."""
    await tx.execute("SAVEPOINT acting")
    try:
        still(by.author, by.rule.noun, act)
        message = await _do(tx, by.rule, by.id, record_id, act)
    except Refusal as refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT acting")
        return {"action": act.kind, "done": False, "message": refusal.message}
    return {"action": act.kind, "done": message is None, **({"message": message} if message else {})}


async def _do(tx: Tx, rule: Rule, automation: UUID, record_id: UUID, act: Act) -> str | None:
    """None when it was done; else why there was nothing to do."""
    match act.kind:
        case "ENROLL":
            (entry,) = await nurture.enroll_many(tx, act.ids["sequenceId"], [await _person(tx, rule, record_id)], "AUTOMATION")
            return entry.refusal
        case "TASK":
            due = await tx.now() + timedelta(days=act.said.get("days", 0))
            about = ABOUT[rule.noun](record_id)
            await tasks.create(tx, NewTask(act.said["title"], about, due_at=due, assignee_id=act.ids.get("userId") or await _owner(tx, rule, record_id)))
            return None
        case "ASSIGN":
            return await _assign(tx, record_id, act)
        case "NOTIFY":
            user = act.ids.get("userId") or await _owner(tx, rule, record_id)
            if user is None:
                raise NobodyThere()
            await notifications.tell(tx, [notifications.Telling(user, "AUTOMATION", act.said["title"], rule.noun, record_id)])
            return None
        case "SET":
            values = {name if name == "custom" else snake(name): value for name, value in act.said["set"].items()}
            await UPDATE[rule.noun](tx, record_id, values)
            return None
        case _:
            data = {"automation_id": automation, "name": act.said["name"]}
            await events.note(tx, "automation.fired", rule.noun, record_id, data=data)
            return None


async def _assign(tx: Tx, lead: UUID, act: Act) -> str | None:
    if user := act.ids.get("userId"):
        await leads.assign(tx, lead, user)
        return None
    made = await assignment.assign(tx, [Wanted(lead, "REQUEST" if act.ids.get("queueId") else "ARRIVAL", act.ids.get("queueId"))])
    return None if lead in made else "It has an owner, or there is no queue."


async def _row(tx: Tx, rule: Rule, record_id: UUID, column: str) -> UUID | None:
    row = await tx.row(f"SELECT x.{column} AS found FROM {TABLES[rule.noun]} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, record_id)
    if row is None:
        raise NotFound(noun=rule.noun.lower())
    return row["found"]


async def _owner(tx: Tx, rule: Rule, record_id: UUID) -> UUID | None:
    return await _row(tx, rule, record_id, "owner_id")


async def _person(tx: Tx, rule: Rule, record_id: UUID) -> UUID:
    found = await _row(tx, rule, record_id, "person_id")
    assert found is not None, "leads and contacts have a person"
    return found
