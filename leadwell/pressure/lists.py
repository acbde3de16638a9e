"""The lists of windows and limits: edited like every list of the workspace, with rules of their own beyond that."""

from datetime import date
from typing import Any

from leadwell import calendars
from leadwell.base.identity import Email, parse_email
from leadwell.entries import BadEntryField, Entry, Use, count_of, flag, line, one_of, optional
from models.pressure import LimitScope

EACH = "*"
MAILS, PERCENT = count_of(1, 10_000_000), count_of(1, 1000)


def as_given(_name: str, value: Any) -> Any:
    """What is checked elsewhere."""
    return value


def key(name: str, value: Any) -> str:
    """An address, a domain, or *."""
    text = line(name, value).lower()
    read = parse_email(text)
    if text == EACH or (isinstance(read, Email) and "@" in text):
        return text
    if "@" not in text and "." in text and " " not in text and len(text) <= 253:
        return text.strip(".")
    raise BadEntryField(field=name, name=name, value=text[:60], why="it is no address, no domain and not *")


def day(name: str, value: Any) -> date:
    if not isinstance(value, date):
        raise BadEntryField(field=name, name=name, value=str(value)[:60], why="it is no day such as 2026-03-01")
    return value


SEND_WINDOW = Entry(
    "SendWindow", "send_windows", "sendWindow.created", "sendWindow.updated",
    {"name": line, "hours": calendars.read_weekly, "calendar_id": as_given, "business_days": flag}, needed=("name", "hours"),
    defaults={"calendar_id": None, "business_days": False}, references={"calendar_id": ("Calendar", "calendars")},
    uses=(Use("sequences", "sequences", "window_id"), Use("sending rules", "sending_rules", "window_id", "true"),
          Use("broadcasts", "broadcasts", "window_id", "{t}.state NOT IN ('DONE', 'CANCELED') AND {t}.archived_at IS NULL")),
)
SEND_LIMIT = Entry(
    "SendLimit", "send_limits", "sendLimit.created", "sendLimit.updated",
    {"scope": one_of(*LimitScope), "key": key, "per_minute": optional(MAILS), "per_hour": optional(MAILS), "per_day": optional(MAILS),
     "warm_up_on": optional(day), "warm_up_first": optional(MAILS), "warm_up_percent": optional(PERCENT)},
    needed=("scope", "key"), fixed=frozenset({"scope", "key"}), unique=("key",), within=("scope",),
    defaults=dict.fromkeys(("per_minute", "per_hour", "per_day", "warm_up_on", "warm_up_first", "warm_up_percent")),
)  # fmt: skip
