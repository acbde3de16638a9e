"""What a door tells about a person, already read, and what came of it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.fixed import fixed
from leadwell.base.identity import Email

NAME_PARTS = ("prefix", "first_name", "middle_name", "last_name", "suffix")
FIELDS = (
    *("name", *NAME_PARTS, "title", "language", "time_zone"),
    *("country", "region", "city", "postal_code", "street"),
)


@fixed
class PhoneGiven:
    """A number as written; `e164` when it could be read."""

    raw: str
    label: str = "WORK"
    e164: str | None = None
    region: str | None = None
    type: str | None = None
    valid: bool = True


@fixed
class PersonGiven:
    """`fields` maps columns of people (FIELDS) to values that are not blank. `external_ids` are (source, id). `at`: when the
    person did what led here. `source` says who speaks (HUMAN, FORM, IMPORT, SYSTEM). `data` goes on the events."""

    fields: Mapping[str, str]
    email: Email | None = None
    phones: tuple[PhoneGiven, ...] = ()
    external_ids: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    source: str = "FORM"
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@fixed
class Identified:
    """`by` is what linked to a known person (EMAIL, EXTERNAL); `filled` are the fields that took the given value, `conflicts` those
    that keep another one."""

    person_id: UUID
    created: bool
    by: str | None
    filled: Mapping[str, Any]
    conflicts: Mapping[str, Any]
