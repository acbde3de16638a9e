"""What can happen to a person in a sequence: the words steps, doors and goals name it by, and whether it has happened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.shape import Flaw, Stand, flaw
from leadwell.nurture.steps import waited


@dataclass(frozen=True, slots=True)
class Told:
    """The events that tell of a word, and where it is read from: the mail of the enrollment (`mail` is the column of `sends`) or the events."""

    kinds: frozenset[str]
    mail: str | None = None


def _of(*kinds: str, mail: str | None = None) -> Told:
    return Told(frozenset(kinds), mail)


HAPPENINGS: Mapping[str, Told] = {
    "OPENED": _of("mail.opened", "activity.recorded", mail="opened_at"),
    "CLICKED": _of("mail.clicked", "activity.recorded", mail="clicked_at"),
    "REPLIED": _of("mail.replied", mail="replied_at"),
    "FORM": _of("lead.created", "lead.attached", "lead.repeated"),
    "HAND_RAISED": _of("lead.raised_hand", "contact.raised_hand"),
    "MEETING_BOOKED": _of("meeting.scheduled"),
    "MEETING_HELD": _of("meeting.held"),
    "DEAL_OPENED": _of("deal.created"),
    "DEAL_WON": _of("deal.won"),
    "DEAL_LOST": _of("deal.lost"),
    "PURCHASED": _of("purchase.recorded"),
    "CONVERTED": _of("lead.converted"),
    "SCORE_CROSSED": _of("score.crossed"),
    "SUBSCRIBED": _of("consent.granted"),
}
SEGMENT = "segment.entered"
OF_DEALS = (
    "SELECT d.deal_id AS id, c.person_id FROM deal_contacts d JOIN contacts c ON c.workspace_id = $1 AND c.id = d.contact_id "
    "WHERE d.workspace_id = $1 AND d.deal_id = ANY($2::uuid[])"
)
OF_COMPANIES = (
    "SELECT c.company_id AS id, c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.company_id = ANY($2::uuid[]) AND c.archived_at IS NULL"
)
DEALS = frozenset({"deal.created", "deal.won", "deal.lost"})   # told without a person
DOORS = tuple(word for word, of in HAPPENINGS.items() if "activity.recorded" not in of.kinds)   # an event alone tells it
MAILS = {word: of.mail for word, of in HAPPENINGS.items() if of.mail}
Asked = tuple[Stand, Mapping[str, Any], datetime]


def happening_flaws(event: Any) -> Iterator[Flaw]:
    word = str(event.get("kind"))
    if word not in HAPPENINGS:
        yield flaw(f"There is nothing called {word[:40]} that could happen.", "Take one of " + ", ".join(HAPPENINGS) + ".")
    if event.get("within") is not None and waited(event["within"]) is None:
        yield flaw("The event counts within no span of time that can be read.", 'Write it like "P30D"; a year at most, or leave it out.')


async def happened(tx: Tx, asked: Sequence[Asked]) -> dict[UUID, bool]:
    """For each enrollment, whether the event it is asked about has happened since the instant; mail counts whenever it was read."""
    groups: dict[tuple[str, str | None], list[Asked]] = defaultdict(list)
    for one in asked:
        groups[str(one[1].get("kind")), one[1].get("step")].append(one)
    found = {stand.id: False for stand, _, _ in asked}
    for (word, step), group in groups.items():
        ids = [stand.id for stand, _, _ in group]
        if word in MAILS:
            sql = f"SELECT DISTINCT s.enrollment_id AS id FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = ANY($2::uuid[]) AND s.{MAILS[word]} " \
                "IS NOT NULL AND ($3::text IS NULL OR s.step = $3)"  # fmt: skip
            rows = await tx.fetch(sql, tx.workspace, ids, step)
        else:
            kinds = sorted(HAPPENINGS[word].kinds) if word in HAPPENINGS else []
            people, since = [stand.person_id for stand, _, _ in group], [at for _, _, at in group]
            rows = await tx.fetch(load(__name__, "happened"), tx.workspace, ids, people, since, kinds, word.startswith("DEAL_"))
        found |= {row["id"]: True for row in rows}
    return found


async def people_of(tx: Tx, events: Sequence[Any]) -> list[tuple[Any, UUID]]:
    """Each event with every person it is about; those of deals and companies are told by the contacts there."""
    through: dict[UUID, list[UUID]] = defaultdict(list)
    for sql, ids in ((OF_DEALS, {e["record_id"] for e in events if e["kind"] in DEALS}), (OF_COMPANIES, {e["record_id"] for e in events if _of_company(e)})):
        for row in await tx.fetch(sql, tx.workspace, sorted(ids)) if ids else ():
            through[row["id"]].append(row["person_id"])
    found: list[tuple[Any, UUID]] = []
    for event in events:
        about = through[event["record_id"]] if event["kind"] in DEALS or _of_company(event) else [event["person_id"]]
        found += [(event, person) for person in about if person]
    return found


def _of_company(event: Any) -> bool:
    return event["kind"] == SEGMENT and event["person_id"] is None
