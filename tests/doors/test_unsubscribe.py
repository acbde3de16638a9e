"""The unsubscribe link: reading changes nothing, one click is enough, saying it twice is saying it once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import consent, delivery, nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from tests import builders as b
from tests.doors.serving import asking
from tests.mailing import FROM, address_hash, enrollments, leads, sends, sequence, topic

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def link(db: Database, actor: Actor) -> delivery.Unsubscribe:
    """The link of a mail that is planned."""

    async def begin(tx: Tx) -> delivery.Unsubscribe:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        ((send,),) = await sends(tx, "id")
        return delivery.Unsubscribe(tx.workspace, await address_hash(tx, ada), await topic(tx), send)

    return await db.run(actor, begin)


async def state(db: Database, actor: Actor) -> dict[str, Any]:
    async with db.read(actor) as tx:
        return {
            "suppressions": [
                tuple(r)
                for r in await tx.fetch(
                    "SELECT s.kind, s.topic_id IS NULL AS everything, s.lifted_at IS NULL AS holds FROM suppressions s "
                    "WHERE s.workspace_id = $1 ORDER BY s.at, s.id",
                    tx.workspace,
                )
            ],
            "enrollments": await enrollments(tx, "state", "exit_reason"),
            "sends": await sends(tx, "state", "reason"),
        }


async def test_reading_the_page_a_thousand_times_changes_nothing(app: Starlette, db: Database, actor: Actor) -> None:
    token = (await link(db, actor)).token()
    async with db.read(actor) as tx:
        before = await b.counts(tx)
    async with asking(app) as client:
        for _ in range(500):
            shown, head = await client.get(f"/u/{token}"), await client.head(f"/u/{token}")
            assert (shown.status_code, head.status_code) == (200, 200)
    async with db.read(actor) as tx:
        assert await b.counts(tx) == before
    assert "About the product you asked for" in shown.text
    assert "Unsubscribe from everything" in shown.text


async def test_one_click_twice_is_one_opt_out_and_nothing_leaves_any_more(app: Starlette, db: Database, actor: Actor) -> None:
    token = (await link(db, actor)).token()
    async with asking(app) as client:
        answers = [await client.post(f"/u/{token}", data=ONE_CLICK) for _ in range(2)]
    assert [(a.status_code, a.text, a.headers.get("set-cookie")) for a in answers] == [(200, "You are unsubscribed.\n", None)] * 2
    assert await state(db, actor) == {
        "suppressions": [("UNSUBSCRIBE", False, True)],
        "enrollments": [("EXITED", "UNSUBSCRIBE")],
        "sends": [("SKIPPED", "EXITED_UNSUBSCRIBE")],
    }


async def test_the_page_opts_out_of_everything_and_in_again(app: Starlette, db: Database, actor: Actor) -> None:
    made = await link(db, actor)
    async with asking(app) as client:
        out = await client.post(f"/u/{made.token()}", data={"wish": "everything"})
        again = await client.post(f"/u/{made.token()}", data={"wish": "resubscribe"})
    assert "You get no mail about" in out.text
    assert "You get mail about" in again.text
    async with db.read(actor) as tx:
        assert await nurture.subscription(tx, made) == ("About the product you asked for", True)
        assert await nurture.subscription(tx, delivery.Unsubscribe(tx.workspace, made.address_hash, await topic(tx, "newsletter"), made.send_id)) == (
            "Newsletter and offers",
            False,
        )


@pytest.mark.parametrize("token", ["nonsense", "test.AAAA.AAAA", "a.b.c.d", "test.." + "A" * 22])
async def test_a_damaged_link_says_so_and_changes_nothing(app: Starlette, token: str) -> None:
    async with asking(app) as client:
        shown, posted = await client.get(f"/u/{token}"), await client.post(f"/u/{token}", data=ONE_CLICK)
    assert (shown.status_code, posted.status_code) == (404, 404)
    assert "This link is damaged" in shown.text
    assert posted.json()["error"]["code"] == "BAD_TOKEN"


async def test_the_link_of_somebody_unknown_still_opts_the_address_out(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    async with db.read(actor) as tx:
        made = delivery.Unsubscribe(workspace, bytes(32), await topic(tx), uuid7())
    async with asking(app) as client:
        assert (await client.post(f"/u/{made.token()}", data=ONE_CLICK)).status_code == 200
    assert (await state(db, actor))["suppressions"] == [("UNSUBSCRIBE", False, True)]


async def test_pages_from_elsewhere_may_post_the_link_without_a_cookie(app: Starlette, db: Database, actor: Actor) -> None:
    token = (await link(db, actor)).token()
    async with asking(app, origin="https://mail.example") as client:
        assert (await client.post(f"/u/{token}", data=ONE_CLICK)).status_code == 200


async def test_the_page_speaks_the_readers_language_and_offers_every_topic_a_break_and_no_tracking(app: Starlette, db: Database, actor: Actor) -> None:
    made = await link(db, actor)
    async with asking(app) as client:
        turkish = await client.get(f"/u/{made.token()}", headers={"accept-language": "tr-TR,en;q=0.5"})
        await db.run(actor, lambda tx: tx.execute("UPDATE people SET language = 'de' WHERE workspace_id = $1", tx.workspace))
        german = await client.get(f"/u/{made.token()}", headers={"accept-language": "tr"})
    assert ('<html lang="tr"' in turkish.text, "aboneliğinden çık" in turkish.text) == (True, True)
    assert ('<html lang="de"' in german.text, "Alles abbestellen" in german.text, german.text.count('name="topic"') == 2) == (True, True, True)
    assert german.text.index("About the product") < german.text.index("Newsletter"), "the topic of the mail first"


async def test_ticked_topics_are_got_the_others_left_and_sequences_about_them_ended(app: Starlette, db: Database, actor: Actor) -> None:
    made = await link(db, actor)
    async with db.read(actor) as tx:
        news = await topic(tx, "newsletter")
    async with asking(app) as client:
        for _ in range(2):
            saved = await client.post(f"/u/{made.token()}", data={"wish": "choose", "topic": [str(news)]})
    assert ("Saved." in saved.text, f'value="{news}" checked' in saved.text, f'value="{made.topic_id}" checked' in saved.text) == (True, True, False)
    assert (await state(db, actor))["enrollments"] == [("EXITED", "UNSUBSCRIBE")]
    async with db.read(actor) as tx:
        wishes = await consent.preferences(tx, made.address_hash, made.topic_id)
        assert {one.name for one in wishes.topics if one.subscribed} == {"Newsletter and offers"}
        assert wishes.tracked is False
        states = "SELECT c.state, c.topic_id = $2 AS news FROM consents c WHERE c.workspace_id = $1 AND c.state = 'GRANTED'"
        assert [tuple(row) for row in await tx.fetch(states, tx.workspace, news)] == [("GRANTED", True)], "said twice, kept once"


async def test_a_break_is_kept_and_ends_by_the_button(app: Starlette, db: Database, actor: Actor) -> None:
    made = await link(db, actor)
    async with asking(app) as client:
        paused = await client.post(f"/u/{made.token()}", data={"wish": "pause30"})
        odd = await client.post(f"/u/{made.token()}", data={"wish": "pause9999"})
        async with db.read(actor) as tx:
            until, why = (await consent.paused(tx, [made.address_hash]))[made.address_hash]
            assert ((until - await tx.now()).days, why) == (29, "PERSON")
        assert await db.run(actor, lambda tx: consent.pause(tx, made.address_hash, until - timedelta(days=20), "OUT_OF_OFFICE")) is False
        resumed = await client.post(f"/u/{made.token()}", data={"wish": "resume"})
    assert (f"{until:%Y-%m-%d}" in paused.text, odd.status_code, "End the break" in resumed.text) == (True, 422, False)
    async with db.read(actor) as tx:
        assert await consent.paused(tx, [made.address_hash]) == {}
