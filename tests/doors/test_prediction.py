"""Predictors over HTTP: trained, adopted, a chance explained, and the card that people look at."""

import re
from importlib.util import find_spec
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import prediction
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.tx import Database, Tx
from leadwell.prediction.learning import train
from models.leads import Lead
from models.scores import Predictor
from tests.builders import make_lead, make_person
from tests.doors.serving import ask, asking, key_for
from tests.doors.test_scoring_guide import DOCUMENTS
from tests.pure.test_prediction import leads

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="the extra predict is not installed")


async def trained(tx: Tx, id: UUID) -> None:
    examples, won = leads(300, **{"person.country": lambda r, hit: "DE" if hit or r.random() < 0.4 else "US"})
    await prediction.settle(tx, id, train(examples, won))


async def test_a_predictor_is_trained_looked_at_adopted_and_asked_why(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    async with asking(app, await key_for(db, actor.workspace)) as client:
        asked = (await ask(client, DOCUMENTS["Train"]))["data"]["trainPredictor"]["predictor"]
        id = asked["id"]
        too_soon = (await ask(client, DOCUMENTS["Adopt"], id=id))["data"]["adoptPredictor"]["userErrors"]
        await db.run(actor, lambda tx: trained(tx, decoded(id)))
        seen: Any = (await ask(client, DOCUMENTS["Predictors"]))["data"]["predictors"]["nodes"]
        adopted = (await ask(client, DOCUMENTS["Adopt"], id=id))["data"]["adoptPredictor"]
        lead = await db.run(actor, german)
        why = (await ask(client, DOCUMENTS["Chance"], id=lead))["data"]
        page = await client.get(f"/predictors/{id}")
    assert (asked["state"], [e["code"] for e in too_soon], [s["state"] for s in seen]) == ("TRAINING", ["NOT_TRAINED"], ["READY"])
    assert (adopted["predictor"]["state"], adopted["userErrors"]) == ("LIVE", [])
    found = why["chanceExplanation"]
    assert why["lead"]["chance"] == found["percent"] > 50
    assert found["base"] + sum(r["logOdds"] for r in found["reasons"]) == pytest.approx(found["logOdds"], abs=1e-9)
    assert ("person.country", "DE") in [(r["feature"], r["value"]) for r in found["reasons"]]
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "This predictor is in use" in page.text
    assert len(re.findall(r'<svg [^>]*role="img" aria-labelledby="(\w+)-title \1-told"', page.text)) == 2
    assert "<script" not in page.text
    assert "style=" not in page.text
    async with asking(app, await key_for(db, other_workspace)) as client:
        strange = await client.get(f"/predictors/{id}"), await ask(client, DOCUMENTS["Chance"], id=lead)
    assert (strange[0].status_code, strange[1]["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    async with asking(app) as client:
        assert (await client.get(f"/predictors/{id}")).status_code == 401


async def german(tx: Tx) -> str:
    person = await make_person(tx, country="DE")
    lead = await make_lead(tx, person)
    await prediction.predict(tx, [person])
    return encode_id(Lead.tag, lead)


def decoded(id: str) -> UUID:
    return decode_id(id, Predictor.tag)[1]


async def test_a_training_that_was_refused_says_why_on_its_card(app: Starlette, db: Database, actor: Actor) -> None:
    async def refused(tx: Tx) -> UUID:
        id = await prediction.ask(tx)
        await prediction.settle(tx, id, prediction.OneOutcome(leads=400))
        return id

    id = encode_id(Predictor.tag, await db.run(actor, refused))
    async with asking(app, await key_for(db, actor.workspace)) as client:
        page = await client.get(f"/predictors/{id}")
        missing = await client.get("/predictors/nonsense")
    assert '<p role="alert">All 400 closed leads ended the same way, so there is nothing to tell apart.' in page.text
    assert missing.status_code == 422
