"""What a captured submission leaves: activity, touchpoint, campaign membership, consent, provenance, events, work."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from leadwell import consent, events, tasks, timeline, work
from leadwell.base import provenance
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.lookups import Lookups
from leadwell.capture.meeting import Meeting
from leadwell.capture.submissions import TOUCH, FieldFlaw
from leadwell.timeline import NewActivity

if TYPE_CHECKING:
    from leadwell.capture.capture import Case

# What other programs pass on was a person's act as well; what is written down by hand is not.
KINDS = {"FORM": "FORM", "API": "FORM", "WEBHOOK": "FORM", "EMAIL": "EMAIL", "IMPORT": "IMPORT"}
THEIRS = ("FORM", "EMAIL")   # what the person did
SAID = {
    "HAND_RAISE": "Asked to be contacted", "CONTENT": "Asked for something to read", "EVENT": "Signed up for an event", "SUBSCRIBE": "Subscribed",
}  # fmt: skip


async def hand_over(tx: Tx, meeting: Meeting, writes: Tx, owners: Mapping[UUID, UUID | None]) -> None:
    """What waits for the owner of a contact who raised a hand, where the workspace wants a task of it."""
    raised = [(case, case.contact_id) for case in meeting.live if case.contact_id and case.action and case.action.outcome == "TASK"]
    asked: list[tasks.Raised] = []
    for case, contact in raised:
        owner = owners.get(case.person_id) or meeting.lookups.owner(case.submission, case.read)
        asked.append(tasks.Raised(contact, case.person_id, owner, case.read.lead.get("need"), case.at))
    found = await tasks.answer_to(tx, asked, writes)
    for case, contact in raised:
        case.task_id = found[contact]


async def leave(tx: Tx, meeting: Meeting, writes: Tx, newborn: Collection[UUID]) -> list[UUID]:
    """Everything beside person, lead and consent, set-based; returns the activities in order."""
    cases, lookups = meeting.live, meeting.lookups
    told = [_activity(case, lookups, claimed=case.activity_id in meeting.activities) for case in cases]
    activities = await timeline.record_many(tx, told, writes=writes, at_rest=newborn)
    await _touchpoints(writes, cases)
    await _members(writes, cases)
    for fresh, some in _told_before(cases, newborn, meeting.foreseen).items():
        await provenance.record_all(writes, [origin for case in some for origin in _origins(case)], fresh=fresh)
    loud = [case for case in cases if not case.submission.quiet]
    raised = [_raised(case) for case in loud if _raises(case)]
    await events.note_all(writes, [_event(case) for case in loud if case.submission.id] + raised)
    ids = sorted({case.person_id for case in cases if _is_news(case)})
    await work.put(writes, *(work.NewJob("enrich", "enrich.person", {"person_id": str(id)}, key=str(id)) for id in ids))
    return activities


def _told_before(cases: Sequence["Case"], newborn: Collection[UUID], foreseen: bool) -> dict[bool, list["Case"]]:
    """Cases of people and leads that are made here, of whom nothing can have been told yet, and the others."""
    found: dict[bool, list[Case]] = {True: [], False: []}
    for case in cases:
        found[foreseen or (case.person_id in newborn and (case.lead is None or case.lead.outcome == "CREATED"))].append(case)
    return found


def _subject(case: "Case", lookups: Lookups) -> str:
    """What the person did and where, unless the door has a name for it."""
    if case.submission.defaults.subject:
        return case.submission.defaults.subject
    where = lookups.names.get(case.source_id) if case.source_id else None
    said = SAID[case.submission.intent] + (f" ({where})" if where else "")
    return f"Entered by hand: {said[0].lower()}{said[1:]}" if case.speaker == "HUMAN" else said


def _activity(case: "Case", lookups: Lookups, *, claimed: bool) -> NewActivity:
    given = case.submission
    kind: Any = "FORM" if given.form_id else KINDS.get(given.channel, "SYSTEM")
    links = [("Lead", case.lead.lead_id)] if case.lead else [("Contact", case.contact_id)] if case.contact_id else []
    if case.campaign_id:
        links.append(("Campaign", case.campaign_id))
    data = {name: value for name, value in case.data().items() if name not in ("quiet",) and value}
    if given.place:
        data |= {"import_id": str(given.place[0]), "row": given.place[1]}
    if case.task_id:
        data["task_id"] = str(case.task_id)
    return NewActivity(
        kind, [(case.person_id, "FROM" if kind in THEIRS else "ABOUT")], links, case.at, _subject(case, lookups),
        case.read.lead.get("need"), direction="INBOUND" if kind in THEIRS else None, automated=kind not in THEIRS,
        source=case.once and case.once[0], external_id=case.once and case.once[1], data=data, id=case.activity_id if claimed else None,
    )  # fmt: skip


async def _touchpoints(tx: Tx, cases: Sequence["Case"]) -> None:
    rows: list[dict[str, Any]] = []
    for case in cases:
        touch = {name: case.submission.touch[name][:2000] for name in TOUCH if case.submission.touch.get(name)}
        own = {"id": uuid7(), "person_id": case.person_id, "lead_id": case.lead and case.lead.lead_id, "at": case.at, "source_id": case.source_id}
        rows.append(own | ({"campaign_id": case.campaign_id, "submission_id": case.submission.id} if case.campaign_id or case.submission.id else {}) | touch)
    await tx.execute(load(__name__, "touchpoints"), tx.workspace, rows, await tx.now())


async def _members(tx: Tx, cases: Sequence["Case"]) -> None:
    """Membership follows the person; whoever acted has responded, a list only adds."""
    members: dict[tuple[UUID, UUID], bool] = {}
    for case in cases:
        if case.campaign_id:
            place = (case.campaign_id, case.person_id)
            members[place] = members.get(place, False) or case.submission.channel != "IMPORT"
    if members:
        places = sorted(members)
        await tx.execute(
            load(__name__, "members"), tx.workspace, [uuid7() for _ in places], [c for c, _ in places], [p for _, p in places],
            [members[place] for place in places], await tx.now())  # fmt: skip


def grants(case: "Case", lookups: Lookups) -> list[consent.Grant]:
    """A consent to a topic nobody knows is a flaw, not a loss: the words stay in the raw submission."""
    given, email = case.submission, case.read.email
    made: list[consent.Grant] = []
    for one in given.consents if email else ():
        topic_id = lookups.topics.get(one.topic)
        if topic_id is None:
            case.read.flaws.append(FieldFlaw("consents", "UNKNOWN_TOPIC", f'There is no topic "{one.topic[:60]}".'))
            continue
        assert email is not None
        evidence = {"submission_id": given.id and str(given.id), "form_id": given.form_id and str(given.form_id), "text": one.text,
                    "user_agent": given.user_agent, "page": given.touch.get("page")}  # fmt: skip
        kept = {name: value for name, value in evidence.items() if value}
        made.append(consent.Grant(case.person_id, email.display, topic_id, given.channel, "CONSENT", one.wording_version, given.ip, kept))
    return made


def _origins(case: "Case") -> list[provenance.Origin]:
    provider = case.submission.channel if case.speaker == "FORM" and case.submission.channel != "FORM" else None
    assert case.who is not None
    places = [("Person", case.person_id, case.who.filled)]
    if case.lead:
        places.append(("Lead", case.lead.lead_id, case.lead.filled))
    return [
        provenance.Origin(noun, id, name, value, case.speaker, provider)
        for noun, id, filled in places for name, value in filled.items() if not name.endswith("_id")
    ]  # fmt: skip


def _is_news(case: "Case") -> bool:
    """Whether providers have something new to look at."""
    assert case.who is not None
    return case.who.created or bool(case.who.filled) or (case.lead is not None and (case.lead.outcome == "CREATED" or bool(case.lead.filled)))


def _raises(case: "Case") -> bool:
    """Somebody asks again who has an open lead or is a contact; that a new lead asks is what its own event says."""
    return case.action is not None and case.action.urgent and case.action.outcome != "CREATED"


def _raised(case: "Case") -> events.Event:
    """With what the response clock needs: since when, from where."""
    assert case.action is not None
    data = case.data() | {"outcome": case.action.outcome, "raised_at": case.at.isoformat(), "submission_id": case.submission.id and str(case.submission.id)}
    if case.lead:
        return events.Event("lead.raised_hand", "Lead", case.lead.lead_id, case.person_id, data=data)
    assert case.contact_id is not None, "only a contact is answered by a task"
    return events.Event("contact.raised_hand", "Contact", case.contact_id, case.person_id, data=data | {"task_id": case.task_id and str(case.task_id)})


def _event(case: "Case") -> events.Event:
    assert case.submission.id is not None
    assert case.action is not None
    data = case.data() | {"outcome": case.action.outcome, "urgent": case.action.urgent, "lead_id": case.lead and str(case.lead.lead_id)}
    return events.Event("submission.processed", "Submission", case.submission.id, case.person_id, 2, data)
