"""The shape of a raw submission, as doors give it and as the table keeps it, and of what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from leadwell.base.fixed import fixed
from leadwell.capture.rules import Intent

Channel = Literal["FORM", "API", "GRAPHQL", "IMPORT", "WEBHOOK", "EMAIL"]
TOUCH = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "click_id", "referrer", "page")


@fixed
class ConsentGiven:
    """A box the person ticked: the topic's id or code, and which wording stood beside it."""

    topic: str
    wording_version: str | None = None
    text: str | None = None


@fixed
class Defaults:
    """What the door adds where the fields say nothing. `country` is a hint for reading numbers; `system` names whose external ids these are;
    `subject` stands on the timeline."""

    source: str | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    owner_id: UUID | None = None
    pipeline_id: UUID | None = None
    country: str | None = None
    currency: str | None = None
    system: str = "external"
    subject: str | None = None


DEFAULTS = tuple(one.name for one in fields(Defaults))


@fixed
class Submission:
    """What came in. `fields` are named as in `fields.FIELDS`, values as sent. The same `dedupe_key` is the same submission.
    `quiet`: nobody is notified, assigned, enrolled or called. `once`: leaves one activity however often these words come again.
    `place`: the import and the row of its file that hold the words as they came."""

    channel: Channel
    fields: Mapping[str, Any]
    intent: Intent = "HAND_RAISE"
    touch: Mapping[str, str] = field(default_factory=dict[str, str])
    consents: Sequence[ConsentGiven] = ()
    defaults: Defaults = Defaults()
    quiet: bool = False
    form_id: UUID | None = None
    dedupe_key: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    park: str | None = None
    once: str | None = None
    place: tuple[UUID, int] | None = None
    id: UUID | None = None
    received_at: datetime | None = None

    def payload(self) -> dict[str, Any]:
        """As kept in submissions.payload."""
        defaults = {name: value for name in DEFAULTS if (value := getattr(self.defaults, name)) is not None}
        return {
            "fields": dict(self.fields), "touch": dict(self.touch), "consents": [asdict(c) for c in self.consents], "defaults": defaults,
            "quiet": self.quiet,
        }  # fmt: skip

    @classmethod
    def of(cls, row: Mapping[str, Any] | asyncpg.Record) -> "Submission":
        """From the table."""
        kept: dict[str, Any] = row["payload"]
        defaults: dict[str, Any] = {name: UUID(value) if name.endswith("_id") else value for name, value in kept.get("defaults", {}).items()}
        return cls(
            row["channel"], kept.get("fields", {}), row["intent"], kept.get("touch", {}),
            tuple(ConsentGiven(**consent) for consent in kept.get("consents", ())), Defaults(**defaults),
            kept.get("quiet", False), row["form_id"], row["dedupe_key"], str(row["ip"]) if row["ip"] else None, row["user_agent"],
            id=row["id"], received_at=row["received_at"],
        )  # fmt: skip


@fixed
class FieldFlaw:
    """A value that could not be read: the rest was kept without it, unless `fatal`."""

    field: str
    code: str
    message: str
    fatal: bool = False


@fixed
class Outcome:
    """What became of a submission: CREATED ATTACHED REPEATED TASK ACTIVITY PERSON UNCHANGED, or PARKED with its reason."""

    outcome: str
    submission_id: UUID | None = None
    person_id: UUID | None = None
    lead_id: UUID | None = None
    activity_id: UUID | None = None
    reason: str | None = None
    flaws: tuple[FieldFlaw, ...] = ()

    @property
    def parked(self) -> bool:
        return self.outcome == "PARKED"
