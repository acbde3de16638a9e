"""What steps are written with, pure: ids, names, durations and moments."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.nurture.shape import Step

LONGEST = timedelta(days=366)
LONGEST_NAME = 200
_DURATION = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
KEY = re.compile(r"^[a-z0-9_-]{1,40}$")


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds; None when it is none."""
    found = _DURATION.match(text)
    if not found or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (min(int(part or 0), 10**9) for part in found.groups())
    return timedelta(weeks=weeks % 10**6, days=days % 10**7, hours=hours % 10**8, minutes=minutes, seconds=seconds)


def waited(text: object) -> timedelta | None:
    """A duration one may wait for: some time, and a year at most."""
    length = duration(str(text)) if isinstance(text, str) else None
    return length if length is not None and timedelta(0) < length <= LONGEST else None


def moment(text: object) -> datetime | None:
    """An instant as ISO 8601 with its zone; None when it is none."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def with_ids(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps with an id each; those without one are numbered."""
    return [{"id": f"s{i}", **step} for i, step in enumerate(steps, start=1)]


def called(step: Step) -> str:
    """How a step is named to people."""
    return str(step.get("name") or step.get("id") or "")


def is_id(value: object) -> bool:
    """Whether it can be read as an id."""
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False
