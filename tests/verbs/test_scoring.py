"""Scores in the database."""
from leadwell import scoring
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from tests.builders import make_activity, make_company, make_lead, make_person

async def test_smoke(db: Database, actor: Actor) -> None:
    async def work(tx: Tx):
        await scoring.defaults(tx)
        p = await make_person(tx, seniority="C_LEVEL", department="EXECUTIVE", phone="+4930123456")
        await make_lead(tx, p, company_name="Acme")
        await make_activity(tx, p, "FORM")
        return p, await scoring.rescore(tx, [p])
    p, changes = await db.run(actor, work)
    print(changes)
    async with db.read(actor) as tx:
        e = await scoring.explain(tx, p)
        print(e)
        for s in await scoring.why(tx, p): print(s)
    assert sum(c.counted for c in e.contributions) == e.score * 100
    assert 0
