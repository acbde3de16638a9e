"""A capture of somebody new is written as it was foreseen when it was kept, in one statement; what turned out otherwise is looked up after all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from leadwell import capture, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.pool import open_pool
from leadwell.base.refusals import NotFound
from leadwell.base.together import together
from leadwell.base.tx import CommitUnknown, Database, Tx
from leadwell.capture import ConsentGiven, Submission
from leadwell.embedded.servers import Servers
from tests.proxy import Proxy, proxied
from tests.verbs.test_capture import counts, kinds, raise_hand, rows

ZOE = {"firstName": "Zoe", "email": "zoe@acme.com", "company": "Acme"}
INSERT = "INSERT INTO tags (workspace_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())"


@pytest_asyncio.fixture
async def proxy(migrated: Servers) -> AsyncIterator[Proxy]:
    async with proxied(migrated.database_url) as found:
        yield found


@pytest_asyncio.fixture
async def cut(proxy: Proxy) -> AsyncIterator[Database]:
    database = Database(await open_pool(proxy.url, size=2))
    await database.be_brief()
    yield database
    await database.close()


async def test_somebody_made_since_then_is_attached_to(db: Database, actor: Actor) -> None:
    late = await capture.receive(db, actor, [raise_hand(ZOE)])
    assert late.foreseen is not None
    (first,) = await capture.submit(db, actor, [raise_hand(ZOE)])
    (second,) = await capture.process(db, actor, late)
    assert (first.outcome, second.outcome) == ("CREATED", "ATTACHED")
    assert second.lead_id == first.lead_id
    after = await counts(db, actor)
    assert (after["people"], after["leads"], after["activities"], after["person_keys"]) == (1, 1, 2, 1)


async def test_one_processed_by_somebody_else_since_then_stays_as_it_became(db: Database, actor: Actor) -> None:
    received = await capture.receive(db, actor, [raise_hand(ZOE)])
    (worker,) = await capture.process(db, actor, capture.Received(received.ids))
    before = await counts(db, actor), await kinds(db, actor)
    assert await capture.process(db, actor, received) == [worker]
    assert (await counts(db, actor), await kinds(db, actor)) == before


async def test_sixteen_at_once_make_one_person_and_one_lead(db: Database, actor: Actor) -> None:
    found = await asyncio.gather(*(capture.submit(db, actor, [raise_hand(ZOE)]) for _ in range(16)))
    assert sorted(one.outcome for (one,) in found) == ["ATTACHED"] * 15 + ["CREATED"]
    after = await counts(db, actor)
    assert (after["people"], after["leads"], after["activities"], after["submissions"]) == (1, 1, 16, 16)


@pytest.mark.parametrize("known", ["address", "number", "outside id", "kept out"])
async def test_whoever_may_be_known_is_looked_up(db: Database, actor: Actor, known: str) -> None:
    new = {**ZOE, "phone": "+49 30 901820", "externalId": "z-1"}
    if known == "kept out":
        await db.run(actor, lambda tx: tx.value("SELECT lw_set_settings($1, 1, '{\"capture_exceptions\": [\"acme.com\"]}')", tx.workspace))
    else:
        name = {"address": "email", "number": "phone", "outside id": "externalId"}[known]
        await capture.submit(db, actor, [raise_hand({"firstName": "Zoe", name: new[name]})])
    received = await capture.receive(db, actor, [raise_hand(new)])
    assert received.foreseen is None
    (found,) = await capture.process(db, actor, received)
    assert found.outcome == {"address": "ATTACHED", "number": "CREATED", "outside id": "ATTACHED", "kept out": "PARKED"}[known]


async def test_what_is_asked_for_beside_is_looked_up(db: Database, actor: Actor) -> None:
    several = await capture.receive(db, actor, [raise_hand(ZOE), raise_hand({"email": "yan@acme.com"})])
    owned = await capture.receive(db, actor, [raise_hand({**ZOE, "owner": "Olga"})])
    agreed = await capture.receive(db, actor, [raise_hand(ZOE, consents=(ConsentGiven("news"),))])
    nobody = await capture.receive(db, actor, [raise_hand({"need": "help"})])
    parked = await capture.receive(db, actor, [raise_hand(ZOE, park="spam")])
    assert [one.foreseen for one in (several, owned, agreed, nobody, parked)] == [None] * 5


@pytest.mark.parametrize("last", [False, True])
async def test_one_beside_another_that_is_kept_aside_answers_for_both_in_order(db: Database, actor: Actor, last: bool) -> None:
    both = [raise_hand({"email": "spam@acme.com"}, park="spam"), raise_hand(ZOE)]
    found = await capture.submit(db, actor, both[::-1] if last else both)
    assert [one.outcome for one in found] == (["CREATED", "PARKED"] if last else ["PARKED", "CREATED"])
    assert sorted(row["state"] for row in await rows(db, actor, "submissions", "state")) == ["PARKED", "PROCESSED"]


async def test_keeping_that_nobody_heard_of_is_asked_for_again_and_stands_once(proxy: Proxy, cut: Database, db: Database, actor: Actor) -> None:
    await capture.submit(cut, actor, [raise_hand({"email": "first@acme.com"})])
    proxy.cut_after(b"zoe@acme.com")
    (found,) = await capture.submit(cut, actor, [raise_hand(ZOE)])
    assert (proxy.cuts, found.outcome) == (1, "CREATED")
    assert [row["state"] for row in await rows(db, actor, "submissions", "state")] == ["PROCESSED"] * 2


async def test_processing_that_nobody_heard_of_answers_what_it_became(proxy: Proxy, cut: Database, db: Database, actor: Actor) -> None:
    await capture.submit(cut, actor, [raise_hand({"email": "first@acme.com"})])
    received = await capture.receive(cut, actor, [raise_hand(ZOE)])
    proxy.cut_after(b"zoe@acme.com")
    (found,) = await capture.process(cut, actor, received)
    assert (proxy.cuts, found.outcome) == (1, "CREATED")
    after = await counts(db, actor)
    assert (after["people"], after["leads"], after["activities"]) == (2, 2, 2)
    assert (await kinds(db, actor)).count("lead.created") == 2


async def test_only_what_may_be_run_again_goes_without_begin(cut: Database, actor: Actor) -> None:
    begun: list[bool] = []

    async def look(tx: Tx) -> None:
        begun.append(tx.begun)

    await cut.run(actor, look, brief=True)
    await cut.run(actor, look, brief=True, replayable=True)
    cut.brief = False
    await cut.run(actor, look, brief=True, replayable=True)
    assert begun == [True, False, True]


async def test_a_statement_alone_that_nobody_heard_of_is_unknown(proxy: Proxy, cut: Database, db: Database, actor: Actor) -> None:
    runs: list[int] = []

    async def write(tx: Tx) -> None:
        runs.append(1)
        async with together(tx, last=True) as writes:
            await writes.execute(INSERT, tx.workspace, uuid7(), f"alone {len(runs)}")

    proxy.cut_after(b"alone 1")
    await cut.run(actor, write, brief=True, replayable=True)
    assert [row["name"] for row in await rows(db, actor, "tags", "name")] == ["alone 1", "alone 2"]
    proxy.cut_after(b"alone 3")
    with pytest.raises(CommitUnknown):
        await cut.run(actor, write, brief=True, replayable=True, retries=0)
    assert len(await rows(db, actor, "tags")) == 3


async def test_nothing_follows_the_last_statement(cut: Database, actor: Actor) -> None:
    async def write(tx: Tx) -> None:
        async with together(tx, last=True) as writes:
            await writes.execute(INSERT, tx.workspace, uuid7(), "last")
        await tx.execute(INSERT, tx.workspace, uuid7(), "after")

    with pytest.raises(AssertionError, match="nothing follows"):
        await cut.run(actor, write, brief=True, replayable=True)


async def test_a_capture_alone_writes_in_its_own_workspace_only(db: Database, actor: Actor, other_workspace: object) -> None:
    there = Actor.system(other_workspace)  # type: ignore[arg-type]
    (here,) = await capture.submit(db, actor, [Submission("API", ZOE)])
    (over,) = await capture.submit(db, there, [Submission("API", ZOE)])
    assert (here.outcome, over.outcome) == ("CREATED", "CREATED")
    assert here.lead_id is not None
    with pytest.raises(NotFound):
        await db.run(there, lambda tx: leads.junk(tx, here.lead_id, "SPAM"))  # type: ignore[arg-type]
