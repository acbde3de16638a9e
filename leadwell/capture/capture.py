"""The verb behind every door in: people found or made, leads opened or attached, and everything that leaves a trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from leadwell import leads, people
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture import effects
from leadwell.capture.exceptions import excluded
from leadwell.capture.lookups import LINKS, Lookups, look_up, unknown_links
from leadwell.capture.reading import Read, read
from leadwell.capture.rules import Action, Standing, decide
from leadwell.capture.submissions import FieldFlaw, Outcome, Submission
from leadwell.leads import NewLead, Opened
from leadwell.people import Identified, PersonGiven

Speaker = Literal["HUMAN", "FORM", "IMPORT"]
EXCLUDED = FieldFlaw(
    "email", "EXCLUDED", "This person's last lead was closed as spam, or the address is on the exception list.", fatal=True
)


@dataclass(slots=True)
class Case:
    """One submission on its way through the verb."""

    submission: Submission
    read: Read
    at: datetime
    speaker: Speaker
    who: Identified | None = None
    contact_id: UUID | None = None
    action: Action | None = None
    lead: Opened | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None

    @property
    def person_id(self) -> UUID:
        assert self.who is not None
        return self.who.person_id

    def data(self) -> dict[str, Any]:
        """What events about this case carry."""
        form = self.submission.form_id
        return {
            "intent": self.submission.intent, "source_id": self.source_id and str(self.source_id), "form_id": form and str(form),
            "quiet": self.submission.quiet,
        }  # fmt: skip


async def capture(
    tx: Tx, submissions: Sequence[Submission], *, trust: bool = False, reads: Sequence[Read | None] | None = None
) -> list[Outcome]:
    """What becomes of each, in the same order, in this one transaction: the intent table of `rules.decide`. What names nobody, or comes from
    somebody excluded, is PARKED and changes nothing. `trust` lets excluded people in (a person looked at it). `reads` are what `read` made of
    the submissions, where that was done before. Any fault ends the whole."""
    now = await tx.now()
    cases = [_case(one, found, now, tx.actor) for one, found in zip(submissions, reads or [None] * len(submissions), strict=True)]
    await _park(tx, cases, trust)
    live = [case for case in cases if case.read.fatal is None]
    if live:
        lookups = await look_up(tx, ((case.submission, case.read) for case in live))
        for case in live:
            case.source_id, case.campaign_id = lookups.source(case.submission, case.read), lookups.campaign(case.submission, case.read)
        for case, who in zip(live, await people.identify_many(tx, [_person(case) for case in live]), strict=True):
            case.who = who
        await _decide(tx, live, lookups)
        activities = await effects.leave(tx, live, lookups)
        return _outcomes(cases, dict(zip(map(id, live), activities, strict=True)))
    return _outcomes(cases, {})


def _case(submission: Submission, found: Read | None, now: datetime, actor: Actor) -> Case:
    # A copy, because a transaction that is run again must not find the flaws of its first run.
    found = replace(found, flaws=list(found.flaws)) if found else read(submission)
    speaker: Speaker
    speaker = "IMPORT" if submission.channel == "IMPORT" else "HUMAN" if submission.channel == "GRAPHQL" and actor.user else "FORM"
    return Case(submission, found, min(found.at or submission.received_at or now, now), speaker)


async def _park(tx: Tx, cases: Sequence[Case], trust: bool) -> None:
    out = set[str]() if trust else await excluded(tx, [case.read.email for case in cases if case.read.email])
    unknown = await unknown_links(tx, [case.submission.defaults for case in cases])
    for case in cases:
        lost = next((name for name in LINKS if getattr(case.submission.defaults, f"{name}_id") in unknown), None)
        if lost:
            case.read.flaws.append(FieldFlaw(f"{lost}_id", f"UNKNOWN_{lost.upper()}", f"There is no such {lost}.", fatal=True))
        if case.submission.park:
            case.read.flaws.append(FieldFlaw("", "PARKED", case.submission.park, fatal=True))
        elif case.read.email and case.read.email.match_key in out:
            case.read.flaws.append(EXCLUDED)


def _person(case: Case) -> PersonGiven:
    found = case.read
    return PersonGiven(found.person, found.email, found.phones, _external(case), case.at, case.speaker, {"quiet": case.submission.quiet})


def _external(case: Case) -> tuple[tuple[str, str], ...]:
    return ((case.submission.defaults.system, case.read.external_id),) if case.read.external_id else ()


async def _decide(tx: Tx, live: Sequence[Case], lookups: Lookups) -> None:
    """Asks the intent table per case, as the ones before it in the batch have left things, and opens the leads."""
    standings = await _standings(tx, live)
    opening: list[tuple[Case, NewLead]] = []
    for case in live:
        group = (case.person_id, case.submission.defaults.pipeline_id)
        standing, before, owner = standings.get(group, ("UNKNOWN", None, None))
        case.action = decide(case.submission.intent, standing)
        if case.action.lead:
            opening.append((case, _lead(case, lookups, before, owner)))
            standings[group] = ("OPEN_LEAD", before, owner)
    for (case, _), opened in zip(opening, await leads.open_many(tx, [lead for _, lead in opening]), strict=True):
        case.lead = opened
        if opened.outcome == "ATTACHED":
            case.action = decide(case.submission.intent, "OPEN_LEAD")


async def _standings(tx: Tx, live: Sequence[Case]) -> dict[tuple[UUID, UUID | None], tuple[Standing, UUID | None, UUID | None]]:
    known = {(case.person_id, case.submission.defaults.pipeline_id): case for case in live if case.who and not case.who.created}
    if not known:
        return {}
    rows = await tx.fetch(load(__name__, "standing"), tx.workspace, [person for person, _ in known], [pipeline for _, pipeline in known])
    found: dict[tuple[UUID, UUID | None], tuple[Standing, UUID | None, UUID | None]] = {}
    contacts = {row["person_id"]: row["contact_id"] for row in rows}
    for row, group in zip(rows, known, strict=True):
        standing: Standing = "OPEN_LEAD" if row["has_open"] else "CONTACT" if row["contact_id"] else "UNKNOWN"
        found[group] = (standing, row["last_lead_id"], row["owner_id"])
    for case in live:
        case.contact_id = contacts.get(case.person_id)
    return found


def _lead(case: Case, lookups: Lookups, before: UUID | None, owner: UUID | None) -> NewLead:
    """A repeat lead goes to the contact's owner."""
    links = {"source_id": case.source_id, "campaign_id": case.campaign_id, "owner_id": owner or lookups.owner(case.submission, case.read)}
    return NewLead(
        case.person_id, {**case.read.lead, **links}, case.submission.intent, case.submission.defaults.pipeline_id, lookups.status(case.read),
        before, _external(case), case.at, case.speaker, case.data(),
    )  # fmt: skip


def _outcomes(cases: Sequence[Case], activities: dict[int, UUID]) -> list[Outcome]:
    return [_outcome(case, activities.get(id(case))) for case in cases]


def _outcome(case: Case, activity_id: UUID | None) -> Outcome:
    flaws, fatal = tuple(case.read.flaws), case.read.fatal
    base = Outcome("PARKED", case.submission.id, reason=fatal and fatal.message, flaws=flaws)
    if fatal or case.who is None or case.action is None:
        return base
    return replace(base, outcome=case.action.outcome, person_id=case.person_id, lead_id=case.lead and case.lead.lead_id, activity_id=activity_id)
