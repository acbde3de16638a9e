"""The verb behind every door in: people found or made, leads opened or attached, and everything that leaves a trace."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import consent, leads, people
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.together import Together, together
from leadwell.base.tx import Tx
from leadwell.capture import effects, own_values
from leadwell.capture.lookups import LINKS, Lookups, unknown_links
from leadwell.capture.meeting import TAKEN, Foreseen, Meeting, foresee, meet, take
from leadwell.capture.reading import Read, read
from leadwell.capture.rules import Action, Repeat, Standing, decide
from leadwell.capture.submissions import FieldFlaw, Outcome, Submission
from leadwell.leads import NewLead, Opened
from leadwell.people import Identified, PersonGiven

Speaker = Literal["HUMAN", "FORM", "IMPORT"]
Keep = Callable[[Tx, Sequence[Outcome]], Awaitable[None]]


@dataclass(slots=True)
class Case:
    """One submission on its way through the verb."""

    submission: Submission
    read: Read
    speaker: Speaker
    now: datetime | None = None
    who: Identified | None = None
    contact_id: UUID | None = None
    action: Action | None = None
    lead: Opened | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    pipeline_id: UUID | None = None
    task_id: UUID | None = None
    activity_id: UUID | None = None
    provisional_id: UUID | None = None

    @property
    def at(self) -> datetime:
        """When the person did it: never later than now, which is known once the case has been met."""
        assert self.now is not None
        return min(self.read.at or self.submission.received_at or self.now, self.now)

    @property
    def once(self) -> tuple[str, str] | None:
        """Replaying a submission, or importing the same row again, leaves one activity."""
        given = self.submission
        return ("import", given.once) if given.once else ("submission", str(given.id)) if given.id else None

    @property
    def external_ids(self) -> tuple[tuple[str, str], ...]:
        return ((self.submission.defaults.system, self.read.external_id),) if self.read.external_id else ()

    @property
    def created(self) -> bool:
        return self.who is not None and self.who.created

    @property
    def person_id(self) -> UUID:
        assert self.who is not None
        return self.who.person_id

    def person(self) -> PersonGiven:
        found = self.read
        return PersonGiven(found.person, found.email, found.phones, self.external_ids, self.at, self.speaker, {"quiet": self.submission.quiet})

    def data(self) -> dict[str, Any]:
        """What events about this case carry."""
        form = self.submission.form_id
        return {
            "intent": self.submission.intent, "source_id": self.source_id and str(self.source_id), "form_id": form and str(form),
            "quiet": self.submission.quiet,
        }  # fmt: skip


class Stand(NamedTuple):
    """How somebody stands, their last closed lead, whose contact they are, and what the workspace makes of a contact's raised hand."""

    standing: Standing = "UNKNOWN"
    before: UUID | None = None
    owner: UUID | None = None
    repeat: Repeat = "LEAD"


async def capture(
    tx: Tx, submissions: Sequence[Submission], *, trust: bool = False, reads: Sequence[Read | None] | None = None, keep: Keep | None = None,
    waiting: Collection[UUID] = (), foreseen: Foreseen | None = None, last: bool = False,
) -> list[Outcome]:
    """What becomes of each, in the same order, in this one transaction: the intent table of `rules.decide`. What names nobody, or comes from
    somebody excluded, is PARKED and changes nothing. `trust` lets excluded people in (a person looked at it). `reads` are what `read` made of
    the submissions, where that was done before. `keep` writes what became of them with all the rest. `waiting` are kept submissions to lock;
    where one has been taken up by somebody else the transaction starts again. Where a single one is `foreseen` nothing is looked up: what turns out
    otherwise starts the transaction again too. `last`: the caller does nothing more in it. Any fault ends the whole."""
    cases = [_case(one, found, tx.actor) for one, found in zip(submissions, reads or [None] * len(submissions), strict=True)]
    await _park(tx, cases)
    live = [case for case in cases if case.read.fatal is None]
    if foreseen and live:
        meeting = await foresee(tx, live[0], foreseen)
    else:
        meeting = await meet(tx, live, trust=trust, waiting=waiting) if live or waiting else None
    owned = [case for case in live if case.read.custom]
    if owned:
        await own_values.check(tx, owned)
    async with _writing(tx, last and not owned) as writes:
        if meeting and meeting.live:
            await _take_in(tx, meeting, writes)
        outcomes = [_outcome(case) for case in cases]
        if keep:
            await keep(writes, outcomes)
    if owned:
        await own_values.keep(tx, owned)
    return outcomes


@asynccontextmanager
async def _writing(tx: Tx, last: bool) -> AsyncGenerator[Together]:
    """All that is written, in one statement."""
    try:
        async with together(tx, last=last) as writes:
            yield writes
    except pg.IntegrityConstraintViolationError as error:
        if error.table_name in TAKEN:
            raise pg.SerializationError("somebody was faster than what was foreseen") from error
        raise leads.opening_refused(error) from error


async def _take_in(tx: Tx, meeting: Meeting, writes: Together) -> None:
    """Decides case by case, and gathers what all of it writes."""
    live, lookups = meeting.live, meeting.lookups
    given = [case.person() for case in live]
    met = people.strangers(given, meeting.claims) if meeting.foreseen else await people.meet(tx, given, meeting.claims, meeting.won)
    for case, who in zip(live, met.found, strict=True):
        case.who, case.pipeline_id = who, case.submission.defaults.pipeline_id or lookups.pipeline
        case.source_id, case.campaign_id = lookups.source(case.submission, case.read), lookups.campaign(case.submission, case.read)
    if meeting.foreseen:
        await take(writes, meeting)
    await people.keep(writes, met)
    owners = await _decide(tx, live, lookups, writes)
    newborn = _newborn(live)
    if any(case.person_id not in newborn for case in live):
        await writes.send()  # what touches people and leads has to see them as they now are
        await effects.hand_over(tx, meeting, writes, owners)
    for case, activity in zip(live, await effects.leave(tx, meeting, writes, newborn), strict=True):
        case.activity_id = activity
    grants = [grant for case in live for grant in effects.grants(case, lookups)]
    if grants:
        await writes.send()
        await consent.grant_many(tx, grants)


def _newborn(live: Sequence[Case]) -> set[UUID]:
    """People made here, of whom nothing more is told than what made them."""
    times = Counter(case.person_id for case in live)
    return {case.person_id for case in live if case.created and times[case.person_id] == 1}


def _case(submission: Submission, found: Read | None, actor: Actor) -> Case:
    # A copy, because a transaction that is run again must not find the flaws of its first run.
    found = found.anew() if found else read(submission)
    speaker: Speaker
    speaker = "IMPORT" if submission.channel == "IMPORT" else "HUMAN" if submission.channel == "GRAPHQL" and actor.user else "FORM"
    return Case(submission, found, speaker)


async def _park(tx: Tx, cases: Sequence[Case]) -> None:
    unknown = await unknown_links(tx, [case.submission.defaults for case in cases])
    for case in cases:
        lost = next((name for name in LINKS if getattr(case.submission.defaults, f"{name}_id") in unknown), None)
        if lost:
            case.read.flaws.append(FieldFlaw(f"{lost}_id", f"UNKNOWN_{lost.upper()}", f"There is no such {lost}.", fatal=True))
        if case.submission.park:
            case.read.flaws.append(FieldFlaw("", "PARKED", case.submission.park, fatal=True))


async def _decide(tx: Tx, live: Sequence[Case], lookups: Lookups, writes: Tx) -> dict[UUID, UUID | None]:
    """Asks the intent table per case, as the ones before it in the batch have left things, and opens the leads. Returns the owners of contacts."""
    standings = await _standings(tx, live)
    opening: list[tuple[Case, NewLead]] = []
    for case in live:
        group = (case.person_id, case.pipeline_id)
        stand = standings.get(group, Stand())
        case.action = decide(case.submission.intent, stand.standing, stand.repeat, quiet=case.submission.quiet)
        if case.action.lead:
            opening.append((case, _lead(case, lookups, stand.before, stand.owner)))
            standings[group] = stand._replace(standing="OPEN_LEAD")
    known = {case.person_id for case in live if not case.created}
    for (case, _), opened in zip(opening, await leads.open_many(tx, [lead for _, lead in opening], known, writes), strict=True):
        case.lead = opened
        if opened.outcome == "ATTACHED":
            case.action = decide(case.submission.intent, "OPEN_LEAD")
    return {person: stand.owner for (person, _), stand in standings.items()}


async def _standings(tx: Tx, live: Sequence[Case]) -> dict[tuple[UUID, UUID | None], Stand]:
    known = {(case.person_id, case.pipeline_id): case for case in live if not case.created}
    if not known:
        return {}
    rows = await tx.fetch(load(__name__, "standing"), tx.workspace, [person for person, _ in known], [pipeline for _, pipeline in known])
    found: dict[tuple[UUID, UUID | None], Stand] = {}
    contacts = {row["person_id"]: row["contact_id"] for row in rows}
    for row, group in zip(rows, known, strict=True):
        standing: Standing = "OPEN_LEAD" if row["has_open"] else "CONTACT" if row["contact_id"] else "UNKNOWN"
        found[group] = Stand(standing, row["last_lead_id"], row["owner_id"], row["repeat"] or "LEAD")
    for case in live:
        case.contact_id = contacts.get(case.person_id)
    return found


def _lead(case: Case, lookups: Lookups, before: UUID | None, owner: UUID | None) -> NewLead:
    """A repeat lead goes to the contact's owner."""
    links = {"source_id": case.source_id, "campaign_id": case.campaign_id, "owner_id": owner or lookups.owner(case.submission, case.read)}
    return NewLead(
        case.person_id, {**case.read.lead, **links}, case.submission.intent, case.pipeline_id, lookups.status(case.read),
        before, case.external_ids, case.at, case.speaker, case.data(),
    )  # fmt: skip


def _outcome(case: Case) -> Outcome:
    id, flaws, fatal = case.submission.id, tuple(case.read.flaws), case.read.fatal
    if fatal or case.who is None or case.action is None:
        return Outcome("PARKED", id, reason=fatal and fatal.message, flaws=flaws)
    return Outcome(case.action.outcome, id, case.person_id, case.lead and case.lead.lead_id, case.activity_id, flaws=flaws)
