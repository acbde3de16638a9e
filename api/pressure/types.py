"""What rules of sending, the queue of what waits and somebody's pressure look like."""

from datetime import datetime
from enum import Enum
from typing import Any, Optional
from uuid import UUID

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from leadwell import pressure
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from models.sends import MailClass

_WINDOW: Any = Optional[GRAMMAR.type("SendWindow")]  # noqa: UP045
GRAMMAR.enum(MailClass)


async def _window(root: Any, info: Info) -> Any:
    return await GRAMMAR.row(info.context, "SendWindow", root.window_key) if root.window_key else None


@strawberry.enum(description="By what mail that waits is counted.")
class SendQueueBy(Enum):
    SENDER = strawberry.enum_value("SENDER", description="The address it is from.")
    DOMAIN = strawberry.enum_value("DOMAIN", description="The domain it is to.")
    SEQUENCE = strawberry.enum_value("SEQUENCE", description="The sequence it belongs to; other mail by its class.")


@strawberry.type(description="Mail that waits for one reason, or is due.")
class SendQueueLine:
    key: str = strawberry.field(description="The sender's address, the domain, or the sequence's name.")
    sequence_id: strawberry.ID | None = strawberry.field(description="The sequence, by SEQUENCE.")
    reason: str | None = strawberry.field(description="Why it waits, for programs; null: it is due.")
    explanation: str = strawberry.field(description="Why, in words.")
    waiting: int = strawberry.field(description="How many mails.")
    next_at: datetime | None = strawberry.field(description="When the first of them is tried.")
    last_at: datetime | None = strawberry.field(description="When the last of them is tried, as far as is known.")

    @classmethod
    def of(cls, line: pressure.Waiting) -> "SendQueueLine":
        sequence = strawberry.ID(encode_id(CATALOG["Sequence"].tag, line.sequence_id)) if line.sequence_id else None
        return cls(key=line.key, sequence_id=sequence, reason=line.reason, explanation=line.explanation, waiting=line.waiting, next_at=line.next_at,
                   last_at=line.last_at)


@strawberry.type(description="How much of a frequency cap is used.")
class TouchCap:
    most: int = strawberry.field(description="Mails at most.")
    days: int = strawberry.field(description="In so many days.")
    used: int = strawberry.field(description="Mails in the days up to now.")
    free_at: datetime | None = strawberry.field(description="When there is room for another.")

    @classmethod
    def of(cls, cap: pressure.Cap | None) -> "TouchCap | None":
        return cls(most=cap.most, days=cap.days, used=cap.used, free_at=cap.free_at) if cap else None


@strawberry.type(description="How much mail a person has had, over all sequences, broadcasts and mail written by hand, and when the next may come.")
class PersonPressure:
    touches: list[datetime] = strawberry.field(description="When mail was handed over to them, newest first, in the period of the caps or the last week.")
    time_zone: str = strawberry.field(description="The zone by whose clock windows are read for them: their own, the company's, or the workspace's.")
    person_cap: TouchCap | None = strawberry.field(description="The cap for a person; null where there is none.")
    company_cap: TouchCap | None = strawberry.field(description="The cap for their company; null where there is none.")
    quiet_until: datetime | None = strawberry.field(description="Until when they are left alone after the last mail.")
    waiting: int = strawberry.field(description="Mails to them that wait.")
    next_at: datetime = strawberry.field(description="When the next mail of a sequence may come.")
    reason: str | None = strawberry.field(description="What it waits for, for programs; null: nothing.")
    explanation: str | None = strawberry.field(description="The same in words.")

    @classmethod
    def of(cls, found: pressure.Pressure) -> "PersonPressure":
        return cls(
            touches=list(found.touches), time_zone=found.time_zone, person_cap=TouchCap.of(found.person_cap), company_cap=TouchCap.of(found.company_cap),
            quiet_until=found.quiet_until, waiting=found.waiting, next_at=found.next_at, reason=found.reason,
            explanation=pressure.REASONS.get(found.reason) if found.reason else None)


@strawberry.type(description="What holds for all mail of the workspace.", name="SendingRules")
class SendingRulesType:
    window: Any = strawberry.field(resolver=_window, graphql_type=_WINDOW, description="Hours of sequences and broadcasts without hours of their own.")
    person_most: int | None = strawberry.field(description="Mails to a person at most, over all sequences, broadcasts and mail by hand, in personDays days.")
    person_days: int | None = strawberry.field(description="Days of the cap for a person.")
    company_most: int | None = strawberry.field(description="Mails to people of a company at most, in companyDays days.")
    company_days: int | None = strawberry.field(description="Days of the cap for a company.")
    quiet_hours: int | None = strawberry.field(description="Hours since the last mail to a person, at least.")
    capped: list[MailClass] = strawberry.field(description="Which mail waits for caps and quiet; all of SEQUENCE, BROADCAST and ONE_TO_ONE counts for them.")
    version: int = strawberry.field(description="Grows with every change; 0 before the first.")
    warnings: list[str] = strawberry.field(description="What will hardly work, in words.")
    window_key: strawberry.Private[UUID | None] = None

    @classmethod
    def of(cls, standing: pressure.Standing) -> "SendingRulesType":
        rules = standing.rules
        person, company = rules.person or (None, None), rules.company or (None, None)
        return cls(
            person_most=person[0], person_days=person[1].days if person[1] else None, company_most=company[0],
            company_days=company[1].days if company[1] else None, quiet_hours=int(rules.quiet.total_seconds() // 3600) if rules.quiet else None,
            capped=[MailClass(one) for one in pressure.TOUCHES if one in rules.capped], version=standing.version, warnings=pressure.warnings_of(rules),
            window_key=rules.window_id)
