"""The development mailbox on a page and as JSON: what it shows, to whom, and what a mail can never do there."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from leadwell.base.tx import Database
from leadwell.embedded.mailbox import Mailbox
from leadwell.embedded.servers import Servers
from tests.doors.serving import asking, key_for, running, settings_for

EVIL = (
    '<h2 style="color:#123456">Hi</h2><script>alert(1)</script><p onclick="alert(2)">text</p><img alt="pixel" src="https://spy.example/p.gif">'
    '<img src="data:image/gif;base64,R0lGOD"><a href="javascript:alert(3)">bad</a><a href="https://crm.example/u">leave</a>'
    '<form action="/mailbox"><input></form>'
)


def mail(subject: str, *, text: str = "Hello", html: str | None = None, to: str = "ann@example.test") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["X-Trace"] = "Acme <hello@acme.test>", to, subject, "<b>42</b>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def keep(box: Mailbox, subject: str, to: str = "ann@example.test", **more: str) -> str:
    return box.keep("bounce@acme.test", (to,), mail(subject, to=to, **more)).id


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest_asyncio.fixture
async def client(migrated: Servers, box: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings_for(migrated, LEADWELL_DATA_DIR=str(box.folder.parent)))) as app, asking(app) as opened:
        yield opened


async def test_an_empty_mailbox_says_what_it_is_for(client: httpx.AsyncClient) -> None:
    page = await client.get("/mailbox")
    assert page.status_code == 200
    assert "No mail yet. What Leadwell sends goes to smtp://127.0.0.1:1" in page.text
    assert (await client.get("/mailbox.json")).json() == {"count": 0, "mails": [], "before": None}


async def test_mails_are_listed_newest_first_and_page_by_page(client: httpx.AsyncClient, box: Mailbox) -> None:
    first, second, third = keep(box, "One"), keep(box, "Two <&>"), keep(box, "Three")
    page = (await client.get("/mailbox")).text
    assert page.index("Three") < page.index("Two &lt;&amp;&gt;") < page.index("One")
    assert "3 mails kept" in page
    newest = (await client.get("/mailbox.json?limit=2")).json()
    assert ([m["id"] for m in newest["mails"]], newest["count"], newest["before"]) == ([third, second], 3, second)
    rest = (await client.get(f"/mailbox.json?limit=2&before={newest['before']}")).json()
    assert ([m["id"] for m in rest["mails"]], rest["before"]) == ([first], None)
    assert (await client.get("/mailbox.json?limit=0")).json()["error"]["code"] == "BAD_REQUEST"


async def test_mails_of_one_recipient_are_found_among_others(client: httpx.AsyncClient, box: Mailbox) -> None:
    wanted = keep(box, "For Bo", to="bo@example.test")
    keep(box, "For Ann")
    assert [m["id"] for m in (await client.get("/mailbox.json?to=BO@")).json()["mails"]] == [wanted]
    page = (await client.get("/mailbox?to=%3Cnobody")).text
    assert "No mail to <b>&lt;nobody</b>." in page


async def test_one_mail_shows_headers_text_html_and_source(client: httpx.AsyncClient, box: Mailbox) -> None:
    id = keep(box, "Größe", text="Grüße\n", html="<p>Grüße</p>")
    found = (await client.get(f"/mailbox/{id}.json")).json()
    assert (found["from"], found["to"], found["subject"], found["text"], found["html"]) == (
        "bounce@acme.test", ["ann@example.test"], "Größe", "Grüße\n", "<p>Grüße</p>\n")
    assert ["X-Trace", "<b>42</b>"] in found["headers"]
    page = (await client.get(f"/mailbox/{id}")).text
    assert "<h1>Größe</h1>" in page
    assert "<dd>&lt;b&gt;42&lt;/b&gt;</dd>" in page
    assert f'sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mailbox/{id}/html"' in page
    assert (await client.get(f"/mailbox/{id}.eml")).content == box.raw(id)


async def test_a_mail_runs_no_script_and_fetches_nothing(client: httpx.AsyncClient, box: Mailbox) -> None:
    id = keep(box, "Evil", html=EVIL)
    shown = await client.get(f"/mailbox/{id}/html")
    body = shown.text.partition("<body>")[2]
    assert '<h2 style="color:#123456">Hi</h2><p>text</p><img alt="pixel"><img src="data:image/gif;base64,R0lGOD">' in body
    assert 'href="https://crm.example/u"' in body
    assert not any(word in body for word in ("script", "onclick", "spy.example", "<form", "<input"))
    assert "default-src 'none'; img-src data:;" in shown.headers["content-security-policy"]
    assert "sandbox allow-popups" in shown.headers["content-security-policy"]
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"


async def test_pages_load_nothing_from_elsewhere(client: httpx.AsyncClient, box: Mailbox) -> None:
    id = keep(box, "Hello", html="<p>x</p>")
    for path in ("/mailbox", f"/mailbox/{id}"):
        page = await client.get(path)
        assert "http" not in page.text.replace("http-equiv", "").partition("<body>")[0]
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    for file in ("mailbox.js", "mailbox.css"):
        assert (await client.get(f"/static/{file}")).status_code == 200


async def test_a_mail_in_an_unknown_charset_is_still_shown(client: httpx.AsyncClient, box: Mailbox) -> None:
    id = box.keep("a@acme.test", ("b@acme.test",), b"Subject: Odd\r\nContent-Type: text/plain; charset=klingon\r\n\r\nGr\xfc\xdfe").id
    assert (await client.get(f"/mailbox/{id}.json")).json()["text"] == "Grüße"
    assert (await client.get(f"/mailbox/{id}")).status_code == 200


async def test_delete_forgets_all_mail(client: httpx.AsyncClient, box: Mailbox) -> None:
    keep(box, "One")
    keep(box, "Two")
    assert (await client.delete("/mailbox")).json() == {"deleted": 2}
    assert box.count() == 0


@pytest.mark.parametrize("id", ["nonsense", "..%2f..%2fsecrets", "018f0000-0000-7000-8000-000000000000"])
async def test_what_is_no_kept_mail_is_not_found(client: httpx.AsyncClient, id: str) -> None:
    for path in (f"/mailbox/{id}", f"/mailbox/{id}.json", f"/mailbox/{id}.eml", f"/mailbox/{id}/html"):
        assert (await client.get(path)).status_code == 404


async def test_another_name_for_this_machine_needs_a_credential(
    client: httpx.AsyncClient, box: Mailbox, db: Database, workspace: UUID
) -> None:
    """A foreign page may point its own host name at 127.0.0.1; the browser then sends that name."""
    keep(box, "Secret")
    foreign = {"host": "attacker.example:8000"}
    assert (await client.get("/mailbox.json", headers=foreign)).json()["error"]["code"] == "UNAUTHENTICATED"
    assert (await client.delete("/mailbox", headers=foreign)).status_code == 401
    assert (await client.delete("/mailbox", headers={"origin": "https://attacker.example"})).status_code == 401
    assert box.count() == 1
    known = {**foreign, "authorization": f"Bearer {await key_for(db, workspace)}"}
    assert (await client.get("/mailbox.json", headers=known)).json()["count"] == 1


async def test_there_is_no_mailbox_in_production(migrated: Servers, box: Mailbox, db: Database, workspace: UUID) -> None:
    id = keep(box, "Secret")
    settings = settings_for(
        migrated, LEADWELL_DATA_DIR=str(box.folder.parent), LEADWELL_ENVIRONMENT="production", LEADWELL_PUBLIC_URL="https://crm.example")
    async with running(create_app(settings)) as app, asking(app, await key_for(db, workspace)) as client:
        for path in ("/mailbox", "/mailbox.json", f"/mailbox/{id}", f"/mailbox/{id}.eml"):
            assert (await client.get(path)).status_code == 404
        assert (await client.delete("/mailbox")).status_code == 404
    assert box.count() == 1
