"""What a captured submission leaves: activity, touchpoint, campaign membership, consent, provenance, events, work."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from leadwell import consent, events, timeline, work
from leadwell.base import provenance
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.lookups import Lookups
from leadwell.capture.submissions import TOUCH, FieldFlaw
from leadwell.timeline import NewActivity

if TYPE_CHECKING:
    from leadwell.capture.capture import Case

KINDS = {"FORM": "FORM", "IMPORT": "IMPORT"}
SUBJECTS = {"FORM": "Form sent", "IMPORT": "Imported", "API": "Captured through the API", "GRAPHQL": "Captured through the API",
            "WEBHOOK": "Captured from a webhook", "EMAIL": "Wrote an e-mail"}  # fmt: skip


async def leave(tx: Tx, cases: Sequence["Case"], lookups: Lookups) -> list[UUID]:
    """Everything beside person and lead, set-based; returns the activities in order."""
    activities = await timeline.record_many(tx, [_activity(case) for case in cases])
    await _touchpoints(tx, cases)
    await _members(tx, cases)
    await consent.grant_many(tx, [grant for case in cases for grant in _grants(case, lookups)])
    await provenance.record_all(tx, [origin for case in cases for origin in _origins(case)])
    await events.note_all(tx, [_event(case) for case in cases if case.submission.id and not case.submission.quiet])
    ids = sorted({case.person_id for case in cases if _is_news(case)})
    await work.put(tx, *(work.NewJob("enrich", "enrich.person", {"person_id": str(id)}, key=str(id)) for id in ids))
    return activities


def _activity(case: "Case") -> NewActivity:
    given = case.submission
    kind: Any = "FORM" if given.form_id else KINDS.get(given.channel, "SYSTEM")
    links = [("Lead", case.lead.lead_id)] if case.lead else [("Contact", case.contact_id)] if case.contact_id else []
    if case.campaign_id:
        links.append(("Campaign", case.campaign_id))
    data = {name: value for name, value in case.data().items() if name not in ("quiet",) and value}
    return NewActivity(
        kind, [(case.person_id, "FROM" if kind == "FORM" else "ABOUT")], links, case.at, given.defaults.subject or SUBJECTS[given.channel],
        case.read.lead.get("need"), direction="INBOUND" if kind == "FORM" else None, automated=kind != "FORM",
        source=_once(case)[0], external_id=_once(case)[1], data=data,
    )  # fmt: skip


def _once(case: "Case") -> tuple[str | None, str | None]:
    """Replaying a submission, or importing the same row again, leaves one activity."""
    given = case.submission
    return ("import", given.once) if given.once else ("submission", str(given.id)) if given.id else (None, None)


async def _touchpoints(tx: Tx, cases: Sequence["Case"]) -> None:
    rows: list[dict[str, Any]] = []
    for case in cases:
        touch = {name: case.submission.touch[name][:2000] for name in TOUCH if case.submission.touch.get(name)}
        own = {"id": uuid7(), "person_id": case.person_id, "lead_id": case.lead and case.lead.lead_id, "at": case.at}
        rows.append({**own, "source_id": case.source_id, "campaign_id": case.campaign_id, "submission_id": case.submission.id, **touch})
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


def _grants(case: "Case", lookups: Lookups) -> list[consent.Grant]:
    """A consent to a topic nobody knows is a flaw, not a loss: the words stay in the raw submission."""
    given, email = case.submission, case.read.email
    grants: list[consent.Grant] = []
    for one in given.consents if email else ():
        topic = lookups.topics.get(one.topic)
        if topic is None:
            case.read.flaws.append(FieldFlaw("consents", "UNKNOWN_TOPIC", f'There is no topic "{one.topic[:60]}".'))
            continue
        assert email is not None
        evidence = {"submission_id": given.id and str(given.id), "form_id": given.form_id and str(given.form_id), "text": one.text,
                    "user_agent": given.user_agent, "page": given.touch.get("page")}  # fmt: skip
        kept = {name: value for name, value in evidence.items() if value}
        grants.append(consent.Grant(case.person_id, email.display, topic["id"], given.channel, "CONSENT", one.wording_version, given.ip, kept))
    return grants


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


def _event(case: "Case") -> events.Event:
    assert case.submission.id is not None
    assert case.action is not None
    data = case.data() | {"outcome": case.action.outcome, "urgent": case.action.urgent, "lead_id": case.lead and str(case.lead.lead_id)}
    return events.Event("submission.processed", "Submission", case.submission.id, case.person_id, 2, data)
