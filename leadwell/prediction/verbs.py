"""Trains a predictor on closed leads, puts one into use, tells everybody's chance, and notices when conversion is not what it was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import locked
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.prediction.examples import Moment, examples
from leadwell.prediction.learning import Options, Trained, drift, train
from leadwell.prediction.learnt import Learnt, Told, strongest, tell
from leadwell.prediction.refusals import NotTrained

MOST_LEADS = 20_000     # a worker holds them in memory, some kilobytes each
EVERY = timedelta(days=1)
RECENT = 100            # closed leads since the training, before a drift is spoken of


@dataclass(frozen=True, slots=True)
class Wish:
    """Features kept though they give the outcome away or moved, features left out, how far back, and how long before leads closed they are looked at."""

    keep: Sequence[str] = ()
    leave: Sequence[str] = ()
    days: int = 1095
    hours_before: int = 24


async def ask(tx: Tx, wish: Wish = Wish()) -> UUID:
    """Puts a training in line; the predictor it will be. Nothing changes for anybody until one is adopted."""
    id, now = uuid7(), await tx.now()
    options = {"keep": sorted(wish.keep), "leave": sorted(wish.leave), "days": wish.days, "hoursBefore": wish.hours_before}
    await tx.execute(
        "INSERT INTO predictors (workspace_id, id, options, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)", tx.workspace, id, options, now)
    await events.note(tx, "predictor.asked", "Predictor", id, version=1)
    await work.put(tx, work.NewJob("score", "score.train", {"predictor_id": str(id)}, key=str(id), priority=work.BULK, max_attempts=3))
    return id


async def learn(db: Database, actor: Any, id: UUID) -> Trained | Refusal | None:
    """Reads closed leads and learns, outside of any transaction that writes. What cannot be learnt comes back as the refusal that says why."""
    async with db.read(actor) as tx:
        row = await tx.row("SELECT p.options, p.state FROM predictors p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, id)
        if row is None or row["state"] != "TRAINING":
            return None
        options, now = row["options"], await tx.now()
        closed = await tx.fetch(load(__name__, "closed"), tx.workspace, now - timedelta(days=options["days"]), options["hoursBefore"], MOST_LEADS)
        moments = [Moment(r["person_id"], r["lead_id"], r["at"]) for r in reversed(closed)]
        found = await examples(tx, moments, past=True)
    return await _trained(found, [r["won"] for r in reversed(closed)], Options(frozenset(options["keep"]), frozenset(options["leave"])))


async def _trained(found: Sequence[dict[str, Any]], won: Sequence[bool], options: Options) -> Trained | Refusal:
    import asyncio

    try:
        return await asyncio.to_thread(train, found, won, options)
    except Refusal as refusal:
        return refusal


async def settle(tx: Tx, id: UUID, found: Trained | Refusal | None) -> None:
    """Keeps what a training came to, once."""
    if found is None:
        return
    refused = isinstance(found, Refusal)
    state, refusal = ("REFUSED", f"{found.message} {found.fix or ''}".strip()) if refused else ("READY", None)
    learnt, card = (None, {}) if refused else (msgspec.to_builtins(found.learnt), found.card)
    written = await tx.execute(
        "UPDATE predictors SET state = $3, refusal = $4, learnt = $5, card = $6, trained_at = $7, updated_at = $7, version = version + 1"
        " WHERE workspace_id = $1 AND id = $2 AND state = 'TRAINING'", tx.workspace, id, state, refusal, learnt, card, await tx.now())
    if written:
        await events.note(tx, "predictor.refused" if refused else "predictor.trained", "Predictor", id, version=2)
        if not refused and found.card["drift"]["alarm"]:
            await events.note(tx, "predictor.drifted", "Predictor", id, data={"drift": found.card["drift"]})


async def adopt(tx: Tx, id: UUID, *, expected_version: int | None = None) -> UUID:
    """Puts a trained predictor into use; the one before retires, and everybody's chance is told anew. Returns its id. NotFound, StaleVersion, NotTrained."""
    row = await locked(tx, "Predictor", "predictors", id, expected_version)
    if row["state"] == "LIVE":
        return id
    if row["state"] not in ("READY", "RETIRED"):
        raise NotTrained(field="id", state=row["state"].lower())
    now = await tx.now()
    await tx.execute(
        "UPDATE predictors SET state = 'RETIRED', version = version + 1, updated_at = $2 WHERE workspace_id = $1 AND state = 'LIVE'", tx.workspace, now)
    await tx.execute(
        "UPDATE predictors SET state = 'LIVE', version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, now)
    await events.note(tx, "predictor.adopted", "Predictor", id, version=row["version"] + 1)
    await work.put(tx, work.NewJob("score", "score.predict", {"predictor_id": str(id), "after": None}, key=str(id), priority=work.BULK))
    return id


async def live(tx: Tx) -> tuple[UUID, Learnt, datetime] | None:
    """The predictor in use, if there is one, and when it was trained."""
    row = await tx.row("SELECT p.id, p.learnt, p.trained_at FROM predictors p WHERE p.workspace_id = $1 AND p.state = 'LIVE'", tx.workspace)
    return (row["id"], msgspec.convert(row["learnt"], Learnt), row["trained_at"]) if row else None


async def predict(tx: Tx, person_ids: Collection[UUID]) -> int:
    """Tells the chance of people's open leads by the predictor in use, and writes what changed; people without one have no chance.
    Returns how many chances changed. Nothing happens where none is in use."""
    model = await live(tx) if person_ids else None
    if model is None:
        return 0
    id, learnt, _ = model
    now, ids = await tx.now(), sorted(set(person_ids))
    rows = await tx.fetch(load(__name__, "open_leads"), tx.workspace, ids)
    found = await examples(tx, [Moment(r["person_id"], r["lead_id"], now) for r in rows], past=False)
    told = [{"person_id": r["person_id"], **_kept(tell(learnt, e))} for r, e in zip(rows, found, strict=True)]
    changed = await tx.fetch(load(__name__, "write"), tx.workspace, ids, id, now, told, str(uuid7())[:15])
    return len(changed)


def _kept(told: Told) -> dict[str, Any]:
    parts = [[p.feature, p.value, p.weight] for p in told.parts if p.weight]
    return {"percent": told.percent, "reasons": {"base": told.base, "logOdds": told.log_odds, "chance": told.chance, "parts": parts}}


async def predict_after(tx: Tx, predictor_id: UUID, after: UUID | None, limit: int) -> tuple[list[UUID], UUID | None]:
    """The next people by id who have an open lead or a chance; their ids, and the id to go on after. At the end the next day is planned."""
    model = await live(tx)
    if model is None or model[0] != predictor_id:
        return [], None
    rows = await tx.fetch(load(__name__, "next_people"), tx.workspace, after or UUID(int=0), limit)
    ids = [r["person_id"] for r in rows]
    await predict(tx, ids)
    if len(ids) == limit:
        return ids, ids[-1]
    await watch(tx, predictor_id, model[2])
    job = work.NewJob("score", "score.predict", {"predictor_id": str(predictor_id), "after": None}, key=str(predictor_id), run_at=await tx.now() + EVERY)
    await work.put(tx, job)
    return ids, None


async def watch(tx: Tx, predictor_id: UUID, trained_at: datetime) -> bool:
    """Whether leads closed since the training are converted as often as before it; told once as predictor.drifted, and kept on the card."""
    row = await tx.row(
        "SELECT p.card, count(l.id)::int AS leads, (count(l.id) FILTER (WHERE l.state = 'CONVERTED'))::int AS converted FROM predictors p"
        " LEFT JOIN leads l ON l.workspace_id = $1 AND l.state IN ('CONVERTED', 'JUNK') AND l.closed_at > $3"
        " WHERE p.workspace_id = $1 AND p.id = $2 GROUP BY p.card", tx.workspace, predictor_id, trained_at)
    if row is None or row["leads"] < RECENT:
        return False
    card: Mapping[str, Any] = row["card"]
    before = [k < card["converted"] for k in range(card["leads"])]
    since = drift(before, [k < row["converted"] for k in range(row["leads"])])
    told: Mapping[str, Any] = card.get("since") or {}
    if since["alarm"] and not told.get("alarm"):
        await events.note(tx, "predictor.drifted", "Predictor", predictor_id, data={"drift": since})
    await tx.execute(
        "UPDATE predictors SET card = card || jsonb_build_object('since', $3::jsonb) WHERE workspace_id = $1 AND id = $2", tx.workspace, predictor_id,
        {**since, "leads": row["leads"]})
    return bool(since["alarm"])


__all__ = ["Wish", "adopt", "ask", "learn", "live", "predict", "predict_after", "settle", "strongest", "watch"]
