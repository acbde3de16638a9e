"""Endpoints that fail, rest, are slow, paused or given up; secrets that change; what is sent again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from leadwell import webhooks
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.outside.webhook_http import WebhookSender
from leadwell.webhooks.health import AT_ONCE
from models.leads import Lead
from tests.builders import make_lead, make_user
from tests.hooking import Hooks, hooks
from tests.receiving import receiving
from workers.webhooks import MOST, Crowd, Lane


@pytest_asyncio.fixture
async def at(db: Database, workspace: UUID) -> AsyncIterator[Hooks]:
    async with hooks(db, workspace) as opened:
        yield opened


async def test_failing_endpoint_rests_and_one_delivery_probes_it_before_the_others(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    at.receiver.status = 500
    await at.note("lead.created", "Lead", *(uuid7() for _ in range(12)))
    await at.post()
    first = len(at.receiver.calls)
    row = await at.endpoint(made.id)
    assert (5 <= first <= AT_ONCE + 4, row["failures"], row["resting_until"] is not None) == (True, 5, True)
    assert await at.post() == []
    await at.later(31)
    assert len(await at.post()) == 1
    assert (await at.endpoint(made.id))["failures"] == 6
    await at.later(61)
    at.receiver.status = 204
    await at.post()
    assert (await at.endpoint(made.id))["failures"] == 0
    await at.later(3600)
    await at.post()
    assert {state for state, _, _ in await at.log()} == {"DELIVERED"}
    assert len(await at.log()) == 12


async def test_endpoint_that_failed_for_five_days_is_disabled_with_one_notice_and_keeps_what_waits(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    admin = await at.db.run(at.actor, lambda tx: make_user(tx, role="ADMIN"))
    at.receiver.status = 503
    await at.note("lead.created", "Lead", uuid7(), uuid7(), uuid7())
    await at.post()
    await at.later(5 * 86_400 + 60)
    await at.post()
    row = await at.endpoint(made.id)
    assert (row["state"], row["disabled_reason"]) == ("DISABLED", "Nothing was delivered for 5 days.")
    async with at.db.read(at.actor) as tx:
        assert await tx.value("SELECT count(*) FROM notifications n WHERE n.workspace_id = $1 AND n.user_id = $2", tx.workspace, admin) == 1
        assert await tx.value("SELECT count(*) FROM sends s WHERE s.workspace_id = $1", tx.workspace) == 1
    assert {state for state, _, _ in await at.log()} == {"PENDING"}
    at.receiver.status = 204
    await at.db.run(at.actor, lambda tx: webhooks.enable(tx, made.id))
    await at.later(86_400)
    assert len(await at.post()) == 3


async def test_both_secrets_sign_until_the_old_ones_time_is_over(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    fresh = await at.db.run(at.actor, lambda tx: webhooks.rotate_secret(tx, made.id, timedelta(hours=2)))
    await at.note("lead.created", "Lead")
    await at.post()
    (call,) = at.receiver.calls
    assert Webhook(made.secret).verify(call.body, call.headers) == Webhook(fresh.secret).verify(call.body, call.headers)
    await at.db.run(at.actor, lambda tx: tx.execute(
        "UPDATE webhook_endpoints SET old_secret_until = now() - interval '1 second' WHERE workspace_id = $1", tx.workspace))
    await at.note("lead.created", "Lead")
    await at.post()
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(at.receiver.calls[1].body, at.receiver.calls[1].headers)
    Webhook(fresh.secret).verify(at.receiver.calls[1].body, at.receiver.calls[1].headers)


async def test_paused_endpoint_waits_and_an_archived_one_gives_up(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    await at.db.run(at.actor, lambda tx: webhooks.update(tx, made.id, {"is_paused": True}))
    await at.note("lead.created", "Lead")
    assert await at.post() == []
    await at.db.run(at.actor, lambda tx: webhooks.update(tx, made.id, {"is_paused": False, "name": "Mine"}))
    assert len(await at.post()) == 1
    await at.db.run(at.actor, lambda tx: webhooks.update(tx, made.id, {"is_paused": True}))
    await at.note("lead.created", "Lead")
    await at.db.run(at.actor, lambda tx: webhooks.archive(tx, made.id))
    await at.note("lead.created", "Lead")
    assert await at.post() == []
    assert [state for state, _, _ in await at.log()] == ["DELIVERED", "FAILED"]


async def test_attempts_are_logged_with_status_duration_and_the_first_kilobyte(at: Hooks) -> None:
    await at.subscribe("lead.*")
    at.receiver.status = 500
    await at.note("lead.created", "Lead")
    await at.post()
    await at.later(10)
    at.receiver.status = 302
    await at.post()
    async with at.db.read(at.actor) as tx:
        tries = await tx.value("SELECT d.tries FROM webhook_deliveries d WHERE d.workspace_id = $1", tx.workspace)
        bodies = {call.body for call in at.receiver.calls}
    assert [(one["status"], one["response"], one["error"], 0 <= one["ms"] < 10_000) for one in tries] == [(500, "", None, True), (302, "", None, True)]
    assert (len(bodies), len({call.headers["webhook-id"] for call in at.receiver.calls})) == (1, 1)


async def test_range_is_replayed_as_a_set_when_its_number_is_right(at: Hooks) -> None:
    made, viewer = await at.subscribe("lead.*"), Everything(at.actor.workspace)
    await at.note("lead.created", "Lead", *(uuid7() for _ in range(3)))
    await at.note("lead.converted", "Lead")
    await at.post()
    where = {"eventKind": {"eq": "lead.created"}, "createdAt": {"withinLast": "PT1H"}}
    with pytest.raises(Refusal) as refused:
        await at.db.run(at.actor, lambda tx: webhooks.replay_where(tx, made.id, where, viewer, 4))
    assert (refused.value.code, refused.value.params) == ("DELIVERY_COUNT_MOVED", {"expected": 4, "count": 3})
    assert await at.post() == []
    assert await at.db.run(at.actor, lambda tx: webhooks.replay_where(tx, made.id, where, viewer, 3)) == 3
    bodies = [call.body for call in at.receiver.calls]
    await at.post()
    assert sorted(call.body for call in at.receiver.calls[4:]) == sorted(body for body in bodies if b"lead.created" in body)


async def test_sample_is_marked_and_goes_to_whom_it_is_meant_for(at: Hooks) -> None:
    made = await at.subscribe("deal.*")
    await at.subscribe("lead.*")
    lead, viewer = await at.db.run(at.actor, make_lead), Everything(at.actor.workspace)
    for endpoint in (None, made.id):
        async def verb(tx: Tx, endpoint: UUID | None = endpoint) -> None:
            await webhooks.trigger(tx, "lead.converted", viewer, endpoint)

        await at.db.run(at.actor, verb)
        await at.carry()
    bodies = await at.post()
    assert [(body["type"], body["sample"], body["data"]["noun"]) for body in bodies] == [("lead.converted", True, "Lead")] * 2
    assert {body["data"]["id"] for body in bodies} == {encode_id(Lead.tag, lead)}


async def test_slow_endpoint_holds_up_no_other_and_has_at_most_ten_posts_under_way(at: Hooks) -> None:
    async with receiving() as quick:
        slow = await at.subscribe("lead.*")
        await at.subscribe("deal.*", url=quick.url)
        at.receiver.delay = 60
        await at.note("lead.created", "Lead", *(uuid7() for _ in range(40)))
        await at.drain.queue("hook")
        await at.receiver.wait(AT_ONCE)
        for i in range(6):      # more than the queue has turns
            await at.note("lead.created", "Lead")
            await at.note("deal.created", "Deal")
            await at.drain.queue("hook")
            await quick.wait(i + 1)
        assert len(at.receiver.calls) == AT_ONCE
    assert (await at.endpoint(slow.id))["state"] == "ENABLED"


async def test_worker_killed_in_the_middle_of_a_post_sends_the_same_bytes_under_the_same_id_again(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    await at.note("lead.created", "Lead")
    at.receiver.delay = 60
    killed = asyncio.create_task(Lane(at.drain.kit, at.actor.workspace, made.id).run())
    await at.receiver.wait(1)
    killed.cancel()
    at.receiver.delay = 0
    assert await at.post() == []     # it is held under a lease

    async def lapse(tx: Tx) -> None:
        await tx.execute("UPDATE webhook_deliveries SET lease_until = now() - interval '1 second' WHERE workspace_id = $1", tx.workspace)
        await webhooks.wake(tx, [made.id])

    await at.db.run(at.actor, lapse)
    await at.post()
    first, second = at.receiver.calls
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert await at.log() == [("DELIVERED", 1, 204)]


@pytest.mark.parametrize("url", ["http://10.0.0.8/x", "http://169.254.169.254/latest", "http://[::ffff:7f00:1]/", "http://127.0.0.1/", "http://0x7f000001/"])
async def test_private_address_is_never_called_in_production(url: str) -> None:
    sender = WebhookSender()
    answer = await sender.post(webhooks.Post("msg_1", url, "{}", ("whsec_" + "a" * 32,)))
    await sender.close()
    assert (answer.status, answer.delivered) == (None, False)
    assert answer.error


def test_a_crowd_leaves_every_lane_its_first_post() -> None:
    crowd = Crowd()
    assert (crowd.room(0), crowd.room(9), crowd.room(10)) == (10, 1, 0)
    crowd.posting = MOST
    assert (crowd.room(0), crowd.room(1)) == (1, 0)
    crowd.posting = MOST + MOST // 2
    assert crowd.room(0) == 0
