"""The lists that say who gets what and by when: calendars, response policies, queues, territories. Edited like every list of the workspace."""

from collections.abc import Sequence
from typing import Any, cast

from leadwell import calendars
from leadwell.base.identity import clean
from leadwell.entries import BadEntryField, Entry, Use, count_of, flag, line, one_of, optional
from models.assignment import Strategy

MINUTES = count_of(1, 60 * 24 * 366)
MOST_SKILLS, LONGEST_SKILL = 20, 60


def as_given(_name: str, value: Any) -> Any:
    """What is checked elsewhere."""
    return value


def skills(name: str, value: Any) -> list[str]:
    """What somebody can, in small letters, each once."""
    given = [clean(str(one)) for one in cast("Sequence[object]", value)] if isinstance(value, list) else [""]
    if len(given) > MOST_SKILLS or not all(one and len(one) <= LONGEST_SKILL for one in given):
        why = f"it is no list of at most {MOST_SKILLS} words of at most {LONGEST_SKILL} letters"
        raise BadEntryField(field=name, name=name, value=str(cast("object", value))[:60], why=why)
    return sorted({one.lower() for one in given if one})


CALENDAR = Entry(
    "Calendar", "calendars", "calendar.created", "calendar.updated",
    {"name": line, "time_zone": calendars.read_zone, "weekly": calendars.read_weekly, "holidays": calendars.read_holidays},
    needed=("name", "time_zone", "weekly"), defaults={"holidays": []},
    uses=(Use("response policies", "response_policies", "calendar_id"), Use("send windows", "send_windows", "calendar_id")),
)
RESPONSE_POLICY = Entry(
    "ResponsePolicy", "response_policies", "responsePolicy.created", "responsePolicy.updated",
    {"name": line, "calendar_id": as_given, "first_minutes": MINUTES, "next_minutes": optional(MINUTES), "is_default": flag, "escalate_to_id": as_given,
     "notify_owner": flag, "make_task": flag, "reassign": flag},
    needed=("name", "first_minutes"),
    defaults={"calendar_id": None, "next_minutes": None, "is_default": False, "escalate_to_id": None, "notify_owner": True, "make_task": False,
              "reassign": False},
    references={"calendar_id": ("Calendar", "calendars"), "escalate_to_id": ("User", "users")}, uses=(Use("lead queues", "lead_queues", "policy_id"),),
)  # fmt: skip
QUEUE = Entry(
    "LeadQueue", "lead_queues", "leadQueue.created", "leadQueue.updated",
    {"name": line, "strategy": one_of(*Strategy), "sticky": flag, "policy_id": as_given},
    defaults={"strategy": "ROUND_ROBIN", "sticky": True, "policy_id": None}, references={"policy_id": ("ResponsePolicy", "response_policies")},
    uses=(
        Use("territories", "territories", "queue_id"), Use("forms", "forms", "queue_id"), Use("sources", "sources", "queue_id"),
        Use("waiting leads", "leads", "queue_id", "{t}.owner_id IS NULL AND {t}.state = 'OPEN' AND {t}.archived_at IS NULL"),
    ),
)
TERRITORY = Entry(
    "Territory", "territories", "territory.created", "territory.updated",
    {"name": line, "filter": as_given, "queue_id": as_given, "skills": skills}, needed=("name", "queue_id"), defaults={"filter": {}, "skills": []},
    ordered=True, references={"queue_id": ("LeadQueue", "lead_queues")},
)
