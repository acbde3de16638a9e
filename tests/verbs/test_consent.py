"""Consent and suppression: the latest act counts, an opt-out is never cleared by anything but the person."""

from datetime import timedelta
from uuid import UUID

import pytest

from leadwell import consent, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.consent import Act, Grant, OptOut, Word, verdict
from tests import builders as b
from tests.mailing import forward, topic

ADDRESS = "Ada@Acme.Example"


async def person(tx: Tx) -> UUID:
    return await b.make_person(tx, email=f"{uuid7().hex}@acme.example")


async def test_address_hashes_are_of_the_normalized_address_and_keyed(db: Database) -> None:
    assert consent.hash_of("Ada@ACME.example") == consent.hash_of(" <ada@acme.example> ") == consent.hash_of_normalized("ada@acme.example")
    assert len(consent.hash_of(ADDRESS)) == 32
    assert consent.hash_of("no address") != consent.hash_of("")


async def test_consent_topics_need_a_grant_and_the_latest_act_counts(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        who, news, hash = await person(tx), await topic(tx, "newsletter"), consent.hash_of(ADDRESS)
        seen = [await consent.may_write(tx, hash, news)]
        await consent.grant_many(tx, [Grant(who, ADDRESS, news, "FORM", wording_version="2", ip="192.0.2.1", evidence={"form": "x"})])
        seen.append(await consent.may_write(tx, hash, news))
        await consent.opt_out(tx, OptOut(hash, news, who))
        seen.append(await consent.may_write(tx, hash, news))
        return seen

    assert await db.run(actor, story) == ["NO_CONSENT", None, "SUPPRESSED_UNSUBSCRIBE"]


async def test_a_form_filled_in_again_does_not_lift_an_opt_out(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[object]:
        who, news, hash = await person(tx), await topic(tx, "newsletter"), consent.hash_of(ADDRESS)
        await consent.grant_many(tx, [Grant(who, ADDRESS, news, "FORM")])
        first, second = await consent.opt_out(tx, OptOut(hash, None, who)), await consent.opt_out(tx, OptOut(hash, None, who))
        await consent.grant_many(tx, [Grant(who, ADDRESS, news, "IMPORT")])
        return [first, second, await consent.may_write(tx, hash, news)]

    assert await db.run(actor, story) == [True, False, "SUPPRESSED_UNSUBSCRIBE"]


async def test_service_mail_passes_an_opt_out_but_not_a_dead_address(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        service, hash = await topic(tx, "service"), consent.hash_of(ADDRESS)
        await consent.opt_out(tx, OptOut(hash))
        await consent.suppress(tx, hash, "COMPLAINT", source="MAIL")
        seen = [await consent.may_write(tx, hash, service)]
        await consent.suppress(tx, hash, "HARD_BOUNCE", source="SMTP")
        return [*seen, await consent.may_write(tx, hash, service)]

    assert await db.run(actor, story) == [None, "SUPPRESSED_HARD_BOUNCE"]


async def test_resubscribing_to_one_topic_opens_that_one_alone(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        who, news, product, hash = await person(tx), await topic(tx, "newsletter"), await topic(tx, "product"), consent.hash_of(ADDRESS)
        await consent.opt_out(tx, OptOut(hash, None, who))
        await consent.resubscribe(tx, OptOut(hash, news, who, "PREFERENCES"))
        return [await consent.may_write(tx, hash, news), await consent.may_write(tx, hash, product)]

    assert await db.run(actor, story) == [None, "SUPPRESSED_UNSUBSCRIBE"]


async def test_resubscribing_does_not_lift_a_bounce(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> str | None:
        who, news, hash = await person(tx), await topic(tx, "newsletter"), consent.hash_of(ADDRESS)
        await consent.suppress(tx, hash, "HARD_BOUNCE", source="SMTP")
        await consent.resubscribe(tx, OptOut(hash, news, who))
        return await consent.may_write(tx, hash, news)

    assert await db.run(actor, story) == "SUPPRESSED_HARD_BOUNCE"


@pytest.mark.parametrize(("kind", "by", "allowed"), [
    ("UNSUBSCRIBE", "PERSON", True), ("UNSUBSCRIBE", "ADMIN", False), ("COMPLAINT", "ADMIN", False), ("HARD_BOUNCE", "VERIFICATION", True),
    ("HARD_BOUNCE", "PERSON", False), ("MANUAL", "ADMIN", True), ("IMPORT", "BATCH", True), ("IMPORT", "PERSON", False),
])
async def test_who_may_lift_what(db: Database, actor: Actor, kind: str, by: str, allowed: bool) -> None:
    hash = consent.hash_of(ADDRESS)
    await db.run(actor, lambda tx: consent.suppress(tx, hash, kind, source="TEST"))
    if allowed:
        assert await db.run(actor, lambda tx: consent.lift(tx, hash, kind, by=by))
    else:
        with pytest.raises(consent.SuppressionNotYours):
            await db.run(actor, lambda tx: consent.lift(tx, hash, kind, by=by))
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM suppressions s WHERE s.workspace_id = $1 AND s.lifted_at IS NULL", tx.workspace) == (0 if allowed else 1)


async def test_consent_expires_by_the_business_clock(db: Database) -> None:
    sandbox = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    actor, hash = Actor.system(sandbox), consent.hash_of(ADDRESS)

    async def give(tx: Tx) -> UUID:
        await tx.execute("UPDATE topics SET expires_after_days = 30 WHERE workspace_id = $1", tx.workspace)
        news = await topic(tx, "newsletter")
        await consent.grant_many(tx, [Grant(await person(tx), ADDRESS, news, "FORM")])
        return news

    news = await db.run(actor, give)
    await forward(db, sandbox, timedelta(days=29))
    assert await db.run(actor, lambda tx: consent.may_write(tx, hash, news)) is None
    await forward(db, sandbox, timedelta(days=1))
    assert await db.run(actor, lambda tx: consent.may_write(tx, hash, news)) == "CONSENT_EXPIRED"


async def test_what_a_person_took_back_stays_taken_back_whatever_older_word_is_found(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[object]:
        who, news, now = await person(tx), await topic(tx, "newsletter"), await tx.now()
        await consent.withdraw(tx, Word(who, news, "PHONE"))
        (hash,) = {row["address_hash"] for row in await tx.fetch("SELECT c.address_hash FROM consents c WHERE c.workspace_id = $1", tx.workspace)}
        older = await consent.record(tx, Word(who, news, "PAPER", at=now - timedelta(days=9)))
        await consent.lift(tx, hash, "UNSUBSCRIBE", by="PERSON", topic_id=news)
        withdrawn = await consent.may_write(tx, hash, news)
        newer = await consent.record(tx, Word(who, news, "PHONE", basis="CONSENT", ip=" 2001:DB8::1 "))
        told = await tx.fetch(
            "SELECT e.kind, e.data FROM events e WHERE e.workspace_id = $1 AND e.record_id = $2 AND e.kind LIKE 'consent.%' ORDER BY e.id", tx.workspace, who)
        return [older.held, withdrawn, newer.held, [(e["kind"], e["data"]["source"]) for e in told]]

    assert await db.run(actor, story) == [
        "SUPPRESSED_UNSUBSCRIBE", "CONSENT_WITHDRAWN", None,
        [("consent.withdrawn", "PHONE"), ("consent.granted", "PAPER"), ("consent.granted", "PHONE")]]


async def test_leaving_everything_takes_back_all_grants_at_all_addresses_and_says_it_once(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[object]:
        who, other, news, service = await person(tx), f"{uuid7().hex}@acme.example", await topic(tx, "newsletter"), await topic(tx, "service")
        written = {"address": other, "normalized": other, "match_key": other, "domain": "acme.example", "created_at": await tx.now()}
        await b.insert(tx, "person_emails", id=uuid7(), person_id=who, **written)
        for about in (news, service):
            await consent.record(tx, Word(who, about, "PAPER", other))
        first, second = [await consent.withdraw(tx, Word(who, None, "PHONE")) for _ in range(2)]
        held = [await consent.may_write(tx, consent.hash_of(other), about) for about in (news, service)]
        sql = "SELECT count(*) FILTER (WHERE s.topic_id IS NULL) AS wide, (SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = " \
            "'consent.withdrawn') AS told FROM suppressions s WHERE s.workspace_id = $1"  # fmt: skip
        return [len(first.acts), list(first.acts) == list(second.acts), first.held, held, dict(await tx.row(sql, tx.workspace) or {})]

    assert await db.run(actor, story) == [1, True, "SUPPRESSED_UNSUBSCRIBE", ["SUPPRESSED_UNSUBSCRIBE", None], {"wide": 2, "told": 1}]


async def test_acts_of_consent_cannot_be_rewritten(db: Database, actor: Actor) -> None:
    async def rewrite(tx: Tx) -> None:
        await tx.execute("UPDATE consents SET state = 'GRANTED' WHERE workspace_id = $1", tx.workspace)

    with pytest.raises(Exception, match="permission denied"):
        await db.run(actor, rewrite)


def test_legitimate_interest_needs_no_grant_and_ends_with_a_withdrawal() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert verdict("SALES", "LEGITIMATE_INTEREST", None, [], now) is None
    assert verdict("SALES", "LEGITIMATE_INTEREST", Act("WITHDRAWN", "CONSENT"), [], now) == "CONSENT_WITHDRAWN"
    assert verdict("MARKETING", "CONSENT", Act("GRANTED", "LEGITIMATE_INTEREST"), [], now) == "NO_CONSENT"
    assert verdict("MARKETING", "SOFT_OPT_IN", Act("GRANTED", "SOFT_OPT_IN"), [], now) is None
