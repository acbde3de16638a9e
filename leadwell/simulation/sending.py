"""Mail of a rehearsal: the checks and the holding of the real gate, in sets; what leaves is written down as sent, and nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import consent, nurture, pressure, reactions
from leadwell.base.sql import load
from leadwell.consent import OptOut
from leadwell.delivery.gate import facts_of
from leadwell.delivery.verdict import GO, Facts, Verdict, decide
from leadwell.nurture import DEAD_ADDRESS, outcomes
from leadwell.pressure import Hold, Standing, Timing, postponing
from leadwell.pressure.holding import rested
from leadwell.simulation import answering
from leadwell.simulation.answering import CLICKED, OPENED, REPLIED, UNSUBSCRIBED, Answer
from leadwell.simulation.stage import Stage
from leadwell.simulation.wish import Wish

FROM = "Leadwell <rehearsal@leadwell.localhost>"
BATCH = 5000
COLUMNS = {OPENED: "opened_at", CLICKED: "clicked_at", REPLIED: "replied_at"}
EVENTS = {OPENED: "mail.opened", CLICKED: "mail.clicked", REPLIED: "mail.replied", UNSUBSCRIBED: "consent.withdrawn"}
Row = Mapping[str, Any] | asyncpg.Record
Asked = Mapping[UUID, Facts]


@dataclass(slots=True)
class Desk:
    """What is known while mail is sent: the rules of the workspace, how finely waiting is told apart, and where chance comes from."""

    standing: Standing
    grain: timedelta
    chance: Random

    @classmethod
    async def open(cls, stage: Stage, wish: Wish, people: int) -> "Desk":
        return cls(await pressure.read_rules(stage), grain(people), Random(wish.seed))


@dataclass(slots=True)
class Sent:
    """What a look at the mail came to: how many were settled, what made others wait, how people will answer."""

    settled: int = 0
    holds: Mapping[UUID, Hold] = field(default_factory=dict[UUID, Hold])
    answers: list[Answer] = field(default_factory=list[Answer])


def grain(people: int) -> timedelta:
    """How finely mail that waits for its turn is told apart in time: the more people, the coarser."""
    return timedelta(minutes=1 if people <= 200 else 5 if people <= 2000 else 15)


async def next_due(stage: Stage) -> list[datetime]:
    """When the next step and the next mail are due."""
    row = await stage.row(load(__name__, "next_due"), stage.workspace)
    assert row is not None
    return [at for at in (row["step"], row["mail"]) if at is not None]


async def send_due(stage: Stage, desk: Desk, wish: Wish, numbers: Mapping[UUID, int]) -> Sent:
    """Every mail that is due: sent, left out, or put off, as the gate decides."""
    rows = await stage.fetch(load(__name__, "waiting_mail"), stage.workspace, await stage.now(), BATCH)
    if not rows:
        return Sent()
    standing = replace(desk.standing, now=await stage.now())
    ids = [row["id"] for row in rows]
    asked = await facts_of(stage, ids, set(ids), (nurture.gate,), standing)
    verdicts = dict(zip(asked, decide(list(asked.values())), strict=True))
    await pressure.keep(stage, asked[ids[0]].tally)
    holds = await _put_off(stage, desk, standing, asked, verdicts)
    drawn = {row["id"]: _drawn(wish, row, numbers) for row in rows if verdicts[row["id"]] == GO}
    dead = [row for row in rows if row["id"] in drawn and answering.bounces(wish.rates, drawn[row["id"]])]
    await _settle(stage, asked, verdicts, {row["id"] for row in dead})
    await _bounced(stage, dead)
    await outcomes.advance(stage, [id for id in ids if verdicts[id].kind != "LATER"])
    arrived = [row for row in rows if row["id"] in drawn and row not in dead and row["person_id"] in numbers]
    answers = [
        answer for row in arrived for answer in answering.answers(
            wish.rates, drawn[row["id"]], standing.now, (numbers[row["person_id"]], row["step"], row["visit"]), row["id"])]
    return Sent(len(rows) - len(holds), holds, answers)


def _drawn(wish: Wish, row: Row, numbers: Mapping[UUID, int]) -> tuple[float, ...]:
    return answering.chances(wish.seed, numbers.get(row["person_id"], -1), str(row["sequence_id"]), row["step"], row["visit"])


async def _put_off(stage: Stage, desk: Desk, standing: Standing, asked: Asked, verdicts: Mapping[UUID, Verdict]) -> dict[UUID, Hold]:
    """Mail that waits, each with why and until when: laid out over hours and days with room, as workers lay it out."""
    later = {id: found for id, found in verdicts.items() if found.kind == "LATER"}
    if not later:
        return {}
    laid = await postponing.laid_out(stage, [asked[id].timing for id in later], standing, desk.chance)
    holds: dict[UUID, Hold] = {}
    for id, found in later.items():
        hold = laid.get(id) or Hold(found.reason, found.until or standing.now)
        holds[id] = replace(hold, until=_coarse(asked[id].timing, standing, hold.until, desk.grain))
    await pressure.note(stage, holds)
    return holds


def _coarse(timing: Timing, standing: Standing, until: datetime, grain: timedelta) -> datetime:
    """The beginning of its quarter of an hour (or the like) where mail may leave by then, so that many are looked at together."""
    begins, now = until - timedelta(seconds=until.timestamp() % grain.total_seconds()), standing.now
    return begins if begins > now and rested(timing, standing.rules, begins) is None else max(until, now + timedelta(seconds=1))


async def _settle(stage: Stage, asked: Asked, verdicts: Mapping[UUID, Verdict], dead: set[UUID]) -> None:
    written: list[tuple[UUID, str, str | None, UUID | None]] = []
    for id, found in verdicts.items():
        if found == GO:
            written.append((id, "REJECTED" if id in dead else "SENT", DEAD_ADDRESS if id in dead else None, asked[id].timing.company_id))
        elif found.kind == "SKIP":
            written.append((id, "SKIPPED", found.reason, None))
    if written:
        await stage.execute(load(__name__, "settled"), stage.workspace, *map(list, zip(*written, strict=True)), await stage.now())


async def _bounced(stage: Stage, dead: Sequence[Row]) -> None:
    for row in dead:
        await consent.suppress(stage, row["address_hash"], "HARD_BOUNCE", source="REHEARSAL", send_id=row["id"])


async def answered(stage: Stage, answers: Sequence[Answer], people: Sequence[UUID]) -> None:
    """Writes down what people did about their mail, and lets follow what follows from it elsewhere."""
    now = await stage.now()
    for kind, column in COLUMNS.items():
        mine = [answer for answer in answers if answer.kind == kind]
        if mine:
            await stage.execute(
                f"UPDATE sends t SET {column} = w.at FROM unnest($2::uuid[], $3::timestamptz[]) AS w (id, at) WHERE t.workspace_id = $1 AND t.id = w.id",
                stage.workspace, [answer.send_id for answer in mine], [answer.at for answer in mine])
    sends = {row["id"]: row for row in await stage.fetch(
        "SELECT s.id, s.topic_id, s.address_hash, s.enrollment_id, s.step FROM sends s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])",
        stage.workspace, [answer.send_id for answer in answers])}
    for answer in answers:
        if answer.kind == UNSUBSCRIBED:
            send = sends[answer.send_id]
            await consent.opt_out(stage, OptOut(send["address_hash"], send["topic_id"], people[answer.ordinal], "REHEARSAL", answer.send_id))
    for kind, event in EVENTS.items():
        told = [_event(answer, event, sends[answer.send_id], people, now) for answer in answers if answer.kind == kind]
        for reaction in reactions.ON.get(event, ()) if told else ():
            if reaction.__module__.startswith("leadwell.nurture"):
                await reaction(stage, told)


def _event(answer: Answer, kind: str, send: Row, people: Sequence[UUID], now: datetime) -> dict[str, Any]:
    data = {"topic_id": send["topic_id"] and str(send["topic_id"]), "enrollment_id": send["enrollment_id"] and str(send["enrollment_id"]),
            "send_id": str(answer.send_id), "step": send["step"]}
    return {"id": answer.send_id, "kind": kind, "noun": "Send", "record_id": answer.send_id, "person_id": people[answer.ordinal], "at": now, "hops": 0,
            "data": data}
