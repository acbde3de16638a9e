"""The mail of a double opt-in: sent once by a worker, in the form's language, and only the person's button confirms."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.capture import Form
from leadwell.capture.words import LANGUAGES, SAID, placeholders
from leadwell.consent import hash_of
from leadwell.work import Job
from tests import builders as b
from tests.doors.serving import asking
from tests.doors.test_capture_http import rows
from tests.doors.test_form_page import BROWSER, made
from tests.mailing import Post, expire, post
from workers import opt_ins
from workers.drain import Drain


@pytest_asyncio.fixture
async def office(db: Database, workspace: UUID, tmp_path: Path) -> AsyncIterator[Post]:
    async with post(db, workspace, tmp_path) as opened:
        opened.drain = Drain(opened.kit, opt_ins.KINDS)
        yield opened


async def fill_in(app: Starlette, form: Form, mail: str = "ana@acme.com") -> None:
    async with asking(app) as client:
        answer = await client.post(f"/f/{form.key}", json={"mail": mail, form.consents[0].name: "yes"})
    assert answer.json()["confirm"] is True


async def mails(db: Database, actor: Actor) -> list[tuple[str, str | None]]:
    return [(row["mail_state"], row["reply"]) for row in await rows(db, actor, "opt_ins", "mail_state, reply")]


async def due_now(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: tx.execute("UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND state = 'READY'", tx.workspace))


def in_box(office: Post) -> list[EmailMessage]:
    found = [office.server.mailbox.message(mail.id) for mail in office.server.mailbox.list()]
    return [message for message in found if message is not None]


def link_in(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    found = re.search(r"https://crm\.example(/confirm/\S+)", part.get_content())
    assert found is not None
    return found[1]


async def test_the_mail_leaves_once_and_its_link_confirms_by_the_button_alone(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    form = await made(db, actor, double_opt_in=True)
    await fill_in(app, form)
    for _ in range(2):
        await office.run("deliver")
    (message,) = in_box(office)
    assert (str(message["to"]), str(message["subject"]), message["list-unsubscribe"]) == ("ana@acme.com", "Please confirm: Book a demo", None)
    ((state, reply),) = await mails(db, actor)
    assert (state, str(reply)[:3]) == ("SENT", "250")
    async with asking(app) as client:
        looked = [await client.get(link_in(message)), await client.head(link_in(message)), await client.get(link_in(message) + "?utm_source=scanner")]
        before = (await rows(db, actor, "submissions", "state"), await rows(db, actor, "people"), await rows(db, actor, "consents"))
        pressed = await client.post(link_in(message))
    assert [page.status_code for page in (*looked, pressed)] == [200] * 4
    assert before == ([{"state": "UNCONFIRMED"}], [], [])
    assert (await rows(db, actor, "submissions", "state, outcome"), len(await rows(db, actor, "consents"))) == (
        [{"state": "PROCESSED", "outcome": "CREATED"}], 1)


async def test_a_worker_that_died_with_the_mail_sent_and_recorded_sends_no_second_one(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    await fill_in(app, await made(db, actor, double_opt_in=True))
    drain = office.drain
    (job,) = await drain._claim("deliver", actor.workspace, 0)  # pyright: ignore[reportPrivateUsage]
    assert isinstance(job, Job)
    await opt_ins.send(office.kit, job)   # and then its process is gone
    await expire(db, actor.workspace)
    await office.run("deliver")
    assert len(in_box(office)) == 1
    assert await rows(db, actor, "sends", "mail_class, state, person_id, words_ciphertext") == [
        {"mail_class": "DOUBLE_OPT_IN", "state": "SENT", "person_id": None, "words_ciphertext": None}]
    assert [state for state, _ in await mails(db, actor)] == ["SENT"]


@pytest.mark.parametrize(("at", "kept"), [("CUT_BEFORE_KEPT", 1), ("CUT_AFTER_KEPT", 2)])
async def test_a_connection_that_breaks_is_tried_again_under_the_same_message_id(
    app: Starlette, db: Database, actor: Actor, office: Post, at: Any, kept: int
) -> None:
    await fill_in(app, await made(db, actor, double_opt_in=True))
    office.server.fail(at)
    await office.run("deliver")
    assert [state for state, _ in await mails(db, actor)] == ["PLANNED"]
    await due_now(db, actor)
    await office.run("deliver")
    assert (len(in_box(office)), len({message["message-id"] for message in in_box(office)})) == (kept, 1)
    assert [state for state, _ in await mails(db, actor)] == ["SENT"]


async def test_what_must_not_be_sent_is_not_and_says_why(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    form = await made(db, actor, double_opt_in=True)
    for name in ("over", "bounced", "confirmed", "refused"):
        await fill_in(app, form, f"{name}@acme.com")

    async def spoil(tx: Tx) -> None:
        now = await tx.now()
        await tx.execute("UPDATE opt_ins SET expires_at = $2 WHERE workspace_id = $1 AND address LIKE 'over%'", tx.workspace, now - timedelta(hours=1))
        await tx.execute("UPDATE opt_ins SET confirmed_at = $2 WHERE workspace_id = $1 AND address LIKE 'confirmed%'", tx.workspace, now)
        await b.insert(tx, "suppressions", id=uuid7(), address_hash=hash_of("bounced@acme.com"), kind="HARD_BOUNCE", source="SYSTEM", at=now)

    await db.run(actor, spoil)
    office.server.fail("RCPT", "550 5.1.1 Unknown", match="refused")
    await office.run("deliver")
    assert in_box(office) == []
    told = {row["address"].partition("@")[0]: (row["mail_state"], row["reply"]) for row in await rows(db, actor, "opt_ins", "address, mail_state, reply")}
    assert told == {
        "over": ("SKIPPED", "The link is over."), "bounced": ("SKIPPED", "Nothing is sent to this address."), "confirmed": ("PLANNED", None),
        "refused": ("REJECTED", "550 5.1.1 Unknown"),
    }  # fmt: skip


async def test_a_copy_of_the_database_sends_nothing(app: Starlette, db: Database, actor: Actor, workspace: UUID, tmp_path: Path) -> None:
    await fill_in(app, await made(db, actor, double_opt_in=True))
    async with post(db, workspace, tmp_path, outbound_epoch="another") as copy:
        copy.drain = Drain(copy.kit, opt_ins.KINDS)
        await copy.run("deliver")
        assert (in_box(copy), await mails(db, actor)) == ([], [("PLANNED", None)])


@pytest.mark.parametrize(
    ("locale", "subject", "button", "asked"),
    [("de-AT", "Bitte bestätigen: Book a demo", "Ja, das war ich", "Noch ein Schritt"),
     ("fr", "Veuillez confirmer : Book a demo", "Oui, c’était moi", "Encore"),
     ("es", "Confirme, por favor: Book a demo", "Sí, fui yo", "Un paso más"), ("tr", "Lütfen onaylayın: Book a demo", "Evet, bendim", "Bir adım kaldı")],
)  # fmt: skip
async def test_form_mail_and_pages_speak_the_language_of_the_form(
    app: Starlette, db: Database, actor: Actor, office: Post, locale: str, subject: str, button: str, asked: str
) -> None:
    form = await made(db, actor, double_opt_in=True, locale=locale)
    async with asking(app) as client:
        wrong = await client.post(f"/f/{form.key}", content="mail=x", headers=BROWSER)
        answer = await client.post(f"/f/{form.key}", json={"mail": "ana@acme.com"})
        await office.run("deliver")
        (message,) = in_box(office)
        page = await client.get(link_in(message))
    html = message.get_body(("html",))
    assert html is not None
    assert f'<html lang="{locale}" dir="ltr">' in html.get_content()
    assert (str(message["subject"]), asked in answer.json()["message"], button in page.text) == (subject, True, True)
    assert [f'lang="{locale}" dir="ltr"' in one.text for one in (wrong, page)] == [True, True]
    language = LANGUAGES.index(locale[:2])
    assert all(SAID[name][language] in wrong.text for name in ("badEmail", "again", "send", "choose", "needed"))


async def test_a_form_says_it_otherwise_and_what_it_cannot_say_stands_in_english(app: Starlette, db: Database, actor: Actor, office: Post) -> None:
    words = {"mailSubject": "תפוס את מקומך: {form}", "mailText": "שלום\nמ {workspace}\n\n<b>", "send": "שלח", "required": "{label} חסר"}
    form = await made(db, actor, double_opt_in=True, locale="he", words=words)
    async with asking(app) as client:
        page = await client.get(f"/f/{form.key}", headers=BROWSER)
        wrong = await client.post(f"/f/{form.key}", content="first=x", headers=BROWSER)
        await fill_in(app, form)
    await office.run("deliver")
    (message,) = in_box(office)
    html = message.get_body(("html",))
    assert html is not None
    assert (str(message["subject"]), "<p>שלום<br>מ Test</p><p>&lt;b&gt;</p>" in html.get_content()) == ("תפוס את מקומך: Book a demo", True)
    assert '<html lang="he" dir="rtl">' in page.text
    assert '<button type="submit">שלח</button>' in page.text
    assert '<option value="" lang="en">Please choose</option>' in page.text
    assert '<span lang="en" dir="ltr">Fields marked with * are needed.</span>' in page.text
    assert "Work e-mail חסר" in wrong.text


def test_every_word_is_there_in_every_language_with_the_same_placeholders() -> None:
    for name, texts in SAID.items():
        assert len(texts) == len(LANGUAGES), name
        assert all(texts), name
        assert {tuple(sorted(re.findall(r"{(\w+)}", text))) for text in texts} == {tuple(sorted(re.findall(r"{(\w+)}", texts[0])))}, name
        assert set(re.findall(r"{(\w+)}", texts[0])) <= set(placeholders(name)), name
