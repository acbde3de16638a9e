"""Who gets a lead: routed, decided, written and kept in one transaction; fair whoever works on it at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import assignment, capture, entries, leads
from leadwell.access.sees import Everything
from leadwell.assignment import Seat, Wanted, editing
from leadwell.assignment.lists import QUEUE, RESPONSE_POLICY, TERRITORY
from leadwell.assignment.refusals import BadAbsence, BadMember, ClaimByUsersOnly, LeadTaken, NoQueues, NotOpen, NotYourQueue
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.catalog import BadFilter
from leadwell.entries import BadEntryField, EntryInUse
from tests import builders as make
from tests.verbs.assigning import MINUTE, carried, given, policy, queue, row, rows, sandbox, sellers, territory, wait


async def test_territories_are_asked_in_order_and_the_first_that_matches_decides(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[list[UUID], list[UUID], UUID, list[UUID]]:
        users = await sellers(tx, 2)
        german, rest = await queue(tx, Seat(users[0])), await queue(tx, Seat(users[1]))
        first = await territory(tx, german, {"country": {"eq": "DE"}})
        await territory(tx, rest)
        made = [await make.make_lead(tx, await make.make_person(tx, country=c)) for c in ("DE", "FR", None)]
        return users, [german, rest], first, made

    users, queues, first, made = await db.run(actor, set_up)
    done = await given(db, actor, *made)
    assert [done[id].owner_id for id in made] == [users[0], users[1], users[1]]
    lead = await row(db, actor, "leads", made[0])
    assert (lead["owner_id"], lead["queue_id"], lead["version"]) == (users[0], queues[0], 2)
    (kept,) = await rows(db, actor, "assignment_decisions", lead_id=made[0])
    assert {name: kept[name] for name in ("cause", "outcome", "reason", "queue_id", "territory_id", "owner_id", "before_id", "strategy", "actor")} == {
        "cause": "ARRIVAL", "outcome": "ASSIGNED", "reason": "TURN", "queue_id": queues[0], "territory_id": first, "owner_id": users[0], "before_id": None,
        "strategy": "ROUND_ROBIN", "actor": "SYSTEM"}  # fmt: skip
    assert kept["candidates"] == [{"user": str(users[0]), "verdict": "CHOSEN", "weight": 1, "credit": 0, "given": 0, "open": 0}]
    told = await rows(db, actor, "notifications", user_id=users[0])
    assert [(one["kind"], one["title"], one["record_id"]) for one in told] == [("LEAD_ASSIGNED", "Ada Lovelace is yours", made[0])]
    assert await given(db, actor, *made) == {}, "what has an owner is left alone"


async def test_territory_whose_field_is_gone_is_skipped_and_the_decision_says_so(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, UUID]:
        (user,) = await sellers(tx, 1)
        place = await queue(tx, Seat(user))
        broken = await territory(tx, place)
        where = {"custom": [{"key": "tier", "text": {"eq": "Gold"}}]}
        await tx.execute("UPDATE territories SET filter = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, broken, where)
        await territory(tx, place)
        return broken, await make.make_lead(tx)

    broken, lead = await db.run(actor, set_up)
    done = (await given(db, actor, lead))[lead]
    assert (done.outcome, [one["territory"] for one in done.skipped]) == ("ASSIGNED", [broken])
    (kept,) = await rows(db, actor, "assignment_decisions", lead_id=lead)
    assert 'no custom field \'tier\'' in kept["skipped"][0]["reason"]
    async with db.read(actor) as tx:
        (step,) = await assignment.explain(tx, lead)
    assert step.because.startswith("it was the owner's turn; territory ")
    assert "was skipped" in step.because


async def test_person_of_a_known_company_goes_to_its_owner_unless_away(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, list[UUID]]:
        keeper, other = await sellers(tx, 2)
        await territory(tx, await queue(tx, Seat(other)))
        await make.make_company(tx, "Acme", "acme.example", owner_id=keeper)
        return keeper, [await make.make_lead(tx), await make.make_lead(tx), await make.make_lead(tx, await make.make_person(tx, email="x@else.example"))]

    keeper, (first, second, stranger) = await db.run(actor, set_up)
    done = await given(db, actor, first, stranger)
    assert (done[first].owner_id, done[first].choice.reason) == (keeper, "STICKY_OWNER")
    assert (done[stranger].owner_id == keeper, done[stranger].choice.reason) == (False, "TURN")
    now = (await row(db, actor, "leads", first))["updated_at"]
    await db.run(actor, lambda tx: assignment.add_absence(tx, keeper, now - MINUTE, now + timedelta(days=1)))
    assert (await given(db, actor, second))[second].choice.reason == "TURN"


async def test_form_and_source_name_a_queue_before_territories_do(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> list[UUID]:
        users = await sellers(tx, 3)
        of_form, of_source, of_all = [await queue(tx, Seat(user), sticky=False) for user in users]
        await territory(tx, of_all)
        source = await entries.create(tx, entries.entry_of("Source"), {"name": "Fair", "channel": "EVENT", "queue_id": of_source})
        form = make.uuid7()
        now = await tx.now()
        await make.insert(tx, "forms", id=form, key=form.hex, name="Demo", fields=[], source_id=source, queue_id=of_form, created_at=now, updated_at=now)
        return [*users, form, source]

    one, two, three, form, source = await db.run(actor, set_up)
    by_form = Submission("FORM", {"email": "a@x.example"}, form_id=form, defaults=capture.Defaults(source_id=source))
    by_source = Submission("FORM", {"email": "b@y.example"}, defaults=capture.Defaults(source_id=source))
    done = await capture.submit(db, actor, [by_form, by_source, Submission("FORM", {"email": "c@z.example"})])
    await carried(db, actor)
    assert [(await row(db, actor, "leads", outcome.lead_id))["owner_id"] for outcome in done if outcome.lead_id] == [one, two, three]


async def test_skills_capacity_and_absence_leave_it_waiting_until_somebody_is_free(db: Database) -> None:
    actor = await sandbox(db)

    async def set_up(tx: Tx) -> tuple[list[UUID], UUID, list[UUID]]:
        users = await sellers(tx, 3)
        place = await queue(tx, Seat(users[0], capacity=1, skills=["Tax"]), Seat(users[1], skills=["tax"]), Seat(users[2]))
        await territory(tx, place, skills=["tax "])
        now = await tx.now()
        await assignment.add_absence(tx, users[1], now, now + timedelta(hours=8), "Dentist")
        return users, place, [await make.make_lead(tx) for _ in range(3)]

    users, place, made = await db.run(actor, set_up)
    done = await given(db, actor, *made)
    assert [(done[id].owner_id, done[id].choice.reason) for id in made] == [(users[0], "TURN"), (None, "NOBODY_FREE"), (None, "NOBODY_FREE")]
    assert [one["verdict"] for one in done[made[1]].choice.candidates] == ["FULL", "AWAY", "UNSKILLED"]
    assert (await row(db, actor, "leads", made[1]))["queue_id"] == place
    await wait(db, actor, timedelta(hours=1))
    assert len(await rows(db, actor, "assignment_decisions", lead_id=made[1])) == 1, "looking again in vain leaves no trace"
    await wait(db, actor, timedelta(hours=7, minutes=5))
    assert {(await row(db, actor, "leads", id))["owner_id"] for id in made[1:]} == {users[1]}
    last = (await rows(db, actor, "assignment_decisions", "at", lead_id=made[1]))[-1]
    assert (last["cause"], last["needs"]) == ("RETRY", ["tax"])


async def test_twenty_workers_at_once_are_fair_to_within_one_lead_and_give_none_twice(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[list[UUID], list[UUID]]:
        users = await sellers(tx, 7)
        await territory(tx, await queue(tx, *(Seat(user) for user in users)))
        return users, [await make.make_lead(tx) for _ in range(100)]

    users, made = await db.run(actor, set_up)
    shares = [made[i::20] + made[(i + 1) % 20::20] for i in range(20)]     # every lead is in two hands
    done = await asyncio.gather(*(given(db, actor, *share) for share in shares))
    owners = Counter(one["owner_id"] for one in await rows(db, actor, "leads"))
    assert sum(map(len, done)) == 100
    assert set(owners) == set(users)
    assert max(owners.values()) - min(owners.values()) <= 1
    members = await rows(db, actor, "lead_queue_members")
    assert {one["user_id"]: one["given"] for one in members} == owners
    assert len(await rows(db, actor, "assignment_decisions")) == 100


async def test_capacity_holds_over_queues_that_share_out_at_once(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, list[UUID]]:
        (user,) = await sellers(tx, 1)
        queues = [await queue(tx, Seat(user, capacity=3), sticky=False) for _ in range(4)]
        for i, place in enumerate(queues):
            await territory(tx, place, {"title": {"eq": str(i)}})
        return user, [await make.make_lead(tx, title=str(i % 4)) for i in range(12)]

    user, made = await db.run(actor, set_up)
    await asyncio.gather(*(given(db, actor, *made[i::4]) for i in range(4)))
    assert Counter(one["owner_id"] for one in await rows(db, actor, "leads")) == {user: 3, None: 9}


async def test_preview_tells_who_would_get_it_and_changes_nothing(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[list[UUID], UUID]:
        users = await sellers(tx, 2)
        await territory(tx, await queue(tx, *(Seat(user) for user in users), strategy="LEAST_BUSY"))
        await make.make_lead(tx, owner_id=users[0])
        return users, await make.make_lead(tx)

    users, lead = await db.run(actor, set_up)
    async with db.read(actor) as tx:
        before = await make.counts(tx)
        seen = [await assignment.preview(tx, lead) for _ in range(2)]
        assert await make.counts(tx) == before
    assert [(one.owner_id, one.choice.reason) for one in seen if one] == [(users[1], "LEAST_BUSY")] * 2
    assert (await given(db, actor, lead))[lead].owner_id == users[1]


async def refused(db: Database, actor: Actor, kind: type[Refusal], verb: Any) -> Refusal:
    """The refusal; nothing is changed by it."""
    async with db.read(actor) as tx:
        before = await make.counts(tx)
    with pytest.raises(kind) as found:
        await db.run(actor, verb)
    async with db.read(actor) as tx:
        assert await make.counts(tx) == before
    return found.value


async def test_member_claims_a_lead_of_the_queue_and_nobody_else_does(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[list[UUID], list[UUID]]:
        users = await sellers(tx, 3)
        await territory(tx, await queue(tx, Seat(users[0]), Seat(users[1]), strategy="CLAIM"))
        return users, [await make.make_lead(tx) for _ in range(2)]

    users, (lead, other) = await db.run(actor, set_up)
    assert (await given(db, actor, lead))[lead].choice.reason == "TO_CLAIM"
    one, two, stranger = (Actor(actor.workspace, "USER", user) for user in users)
    await refused(db, stranger, NotYourQueue, lambda tx: assignment.claim(tx, lead))
    await refused(db, actor, ClaimByUsersOnly, lambda tx: assignment.claim(tx, lead))
    both = await asyncio.gather(*(db.run(who, lambda tx: assignment.claim(tx, lead)) for who in (one, two)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in both) == ["LeadTaken", "Revision"]
    owner = (await row(db, actor, "leads", lead))["owner_id"]
    winner, loser = (one, two) if owner == users[0] else (two, one)
    assert (await db.run(winner, lambda tx: assignment.claim(tx, lead))).changes == {}, "claimed again by the same user"
    assert (await refused(db, loser, LeadTaken, lambda tx: assignment.claim(tx, lead))).params == {"owner": f"Seller {users.index(owner) + 1}"}
    assert [(d["cause"], d["reason"], d["owner_id"]) for d in await rows(db, actor, "assignment_decisions", "at", lead_id=lead)] == [
        ("ARRIVAL", "TO_CLAIM", None), ("CLAIM", "CLAIMED", owner)]
    assert (await db.run(stranger, lambda tx: assignment.claim(tx, other))).changes == {"owner_id": [None, users[2]]}, "one of no queue is anybody's"
    await db.run(actor, lambda tx: leads.junk(tx, other, "SPAM"))
    await refused(db, stranger, NotOpen, lambda tx: assignment.claim(tx, other))


async def test_lead_is_routed_anew_when_somebody_asks_for_it(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[list[UUID], UUID]:
        return await sellers(tx, 2), await make.make_lead(tx)

    users, lead = await db.run(actor, set_up)
    await refused(db, actor, NoQueues, lambda tx: assignment.hand_to_queue(tx, lead))
    places = await db.run(actor, lambda tx: queue(tx, Seat(users[0]))), await db.run(actor, lambda tx: queue(tx, Seat(users[1]), strategy="CLAIM"))
    await refused(db, actor, NotFound, lambda tx: assignment.hand_to_queue(tx, lead, lead))
    assert (await db.run(actor, lambda tx: assignment.hand_to_queue(tx, lead))).choice.reason == "NO_TERRITORY"
    assert (await db.run(actor, lambda tx: assignment.hand_to_queue(tx, lead, places[0]))).owner_id == users[0]
    back = await db.run(actor, lambda tx: assignment.hand_to_queue(tx, lead, places[1]))
    assert (back.outcome, back.before_id) == ("WAITING", users[0])
    assert (await row(db, actor, "leads", lead))["owner_id"] is None


async def test_quiet_leads_and_workspaces_without_queues_are_left_alone(db: Database, actor: Actor) -> None:
    await capture.submit(db, actor, [Submission("FORM", {"email": "a@x.example"})])
    await carried(db, actor)
    assert await rows(db, actor, "assignment_decisions") == []

    async def set_up(tx: Tx) -> None:
        await territory(tx, await queue(tx, Seat((await sellers(tx, 1))[0])))
        await policy(tx)

    await db.run(actor, set_up)
    await capture.submit(db, actor, [Submission("IMPORT", {"email": "b@x.example"}, quiet=True)])
    await carried(db, actor)
    assert {one["owner_id"] for one in await rows(db, actor, "leads")} == {None}
    assert await rows(db, actor, "response_clocks") == []


async def test_bad_members_absences_and_territories_are_refused(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, UUID]:
        (user,) = await sellers(tx, 1)
        return user, await queue(tx, Seat(user))

    user, place = await db.run(actor, set_up)
    now = (await row(db, actor, "lead_queues", place))["created_at"]
    everything = Everything(actor.workspace)
    for kind, field, verb in (
        (BadMember, "weight", lambda tx: assignment.put_member(tx, place, Seat(user, weight=0))),
        (BadMember, "capacity", lambda tx: assignment.put_member(tx, place, Seat(user, capacity=-1))),
        (BadEntryField, "skills", lambda tx: assignment.put_member(tx, place, Seat(user, skills=["x"] * 21))),
        (NotFound, "user_id", lambda tx: assignment.put_member(tx, place, Seat(place))),
        (NotFound, None, lambda tx: assignment.put_member(tx, user, Seat(user))),
        (BadAbsence, "until_at", lambda tx: assignment.add_absence(tx, user, now, now)),
        (BadAbsence, "until_at", lambda tx: assignment.add_absence(tx, user, now - 2 * MINUTE, now - MINUTE)),
        (NotFound, None, lambda tx: assignment.end_absence(tx, user)),
        (BadFilter, "where.nothing", lambda tx: editing.create(tx, TERRITORY, {"name": "x", "queue_id": place, "filter": {"nothing": {}}}, everything)),
        (NotFound, "queue_id", lambda tx: editing.create(tx, TERRITORY, {"name": "x", "queue_id": user}, everything)),
        (BadEntryField, "strategy", lambda tx: editing.update(tx, QUEUE, place, {"strategy": "LUCK"}, None, everything)),
        (BadEntryField, "first_minutes", lambda tx: editing.create(tx, RESPONSE_POLICY, {"name": "x", "first_minutes": 0}, everything)),
    ):  # fmt: skip
        assert (await refused(db, actor, kind, verb)).field == field


async def test_queue_put_away_hands_its_waiting_leads_on(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        (user,) = await sellers(tx, 1)
        old, heir = await queue(tx, strategy="CLAIM"), await queue(tx, Seat(user))
        await territory(tx, old)
        return user, old, heir, await make.make_lead(tx)

    user, old, heir, lead = await db.run(actor, set_up)
    assert (await given(db, actor, lead))[lead].choice.reason == "NO_MEMBERS"
    await refused(db, actor, EntryInUse, lambda tx: editing.archive(tx, QUEUE, old, None, None))
    await db.run(actor, lambda tx: editing.archive(tx, QUEUE, old, heir, None))
    await carried(db, actor)
    assert (await row(db, actor, "leads", lead))["owner_id"] == user
    assert await db.run(actor, lambda tx: assignment.assign(tx, [Wanted(lead)])) == {}


async def test_company_that_becomes_known_brings_a_waiting_lead_to_its_owner(db: Database, actor: Actor) -> None:
    async def set_up(tx: Tx) -> tuple[UUID, UUID, UUID]:
        (keeper,) = await sellers(tx, 1)
        await territory(tx, await queue(tx, strategy="CLAIM"))
        return keeper, await make.make_lead(tx), await make.make_company(tx, "Elsewhere", owner_id=keeper)

    keeper, lead, company = await db.run(actor, set_up)
    assert (await given(db, actor, lead))[lead].outcome == "WAITING"
    await db.run(actor, lambda tx: leads.update(tx, lead, {"company_id": company}))
    await carried(db, actor)
    assert (await row(db, actor, "leads", lead))["owner_id"] == keeper
