"""The main job as one run of real processes: a file goes in, people are enriched, scored and nurtured, one unsubscribes, one is converted."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import httpx
from standardwebhooks.webhooks import Webhook

from leadwell import delivery, nurture
from leadwell.access import users
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Tx
from leadwell.capture import FormField, NewForm, create_form
from leadwell.catalog import CATALOG
from leadwell.delivery import Words
from leadwell.nurture import NewSequence
from tests.installation import Installation, ask, until
from tests.processes import command
from tests.receiving import Receiver, receiving

PASSWORD = "correct horse battery"
LEADS = """Name,Email,Company,Job Title,Country,Phone
Ada Lovelace,ada@analytical.example,Analytical Engines,VP of Marketing,United Kingdom,
Ben Baker,ben@bakery.example,Bakery Ltd,Head of Sales,United Kingdom,
Cy Crook,cy@spammy.example,Spammy Inc,Student,United States,
Dee Dunn,dee@dunn.example,Dunn GmbH,Chief Executive Officer,Germany,+49 30 901820
Eve Evans,eve@evans.example,Evans SA,Director of Operations,France,
Flo Frost,flo at frost,Frost Oy,Buyer,Finland,
"""
GUS = {"name": "Gus Grand", "email": "gus@grand.example", "company": "Grand AG", "title": "Owner", "phone": "+49 30 901821", "need": "A demo"}
PAGE = '<p>Dear {{ person.name }}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'


@dataclass(slots=True)
class Story:
    """What the run left behind, by first name of the people in it."""

    house: Installation
    url: str
    workspace: UUID
    key: str
    session: str
    webhooks: Receiver
    secret: str = ""
    imported: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: str = ""
    scored: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    enrolled: Any = None
    people: dict[str, UUID] = field(default_factory=dict[str, UUID])
    leads: dict[str, UUID] = field(default_factory=dict[str, UUID])
    looked: list[int] = field(default_factory=list[int])
    after_looking: str = ""
    left: int = 0
    junked: Any = None
    converted: list[Any] = field(default_factory=list[Any])
    first_mails: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def ask(self, query: str, /, *, by: str | None = None, **variables: Any) -> Any:
        return await ask(self.url, by or self.key, query, **variables)

    async def run(self, verb: Any) -> Any:
        return await self.house.db.run(Actor.system(self.workspace), verb)

    def id(self, noun: str, of: dict[str, UUID], name: str) -> str:
        return encode_id(CATALOG[noun].tag, of[name])

    def mails(self) -> list[tuple[str, str]]:
        """Recipient and subject of every mail in the mailbox, sorted."""
        return sorted((mail.recipients[0], mail.subject) for mail in self.house.mail.mailbox.list(limit=1000))

    def mail_to(self, recipient: str) -> EmailMessage:
        (found,) = [mail for mail in self.house.mail.mailbox.list(limit=1000) if mail.recipients == (recipient,)]
        message = self.house.mail.mailbox.message(found.id)
        assert message is not None
        return message


@asynccontextmanager
async def play(house: Installation) -> AsyncIterator[Story]:
    """Everything in its order; what each act left is kept for the tests."""
    workspace = await house.workspace(kind="SANDBOX")
    async with receiving() as webhooks, house.api() as api, house.worker(module="tests.stories.outgoing_worker", LEADWELL_PUBLIC_URL=api.url) as worker:
        key, session = await house.key(workspace), await signed_in(house, workspace, api.url)
        told = Story(house, api.url, workspace, key, session, webhooks)
        await worker.says("worker ready")
        for act in (subscribe, bring_in, fill_in_form, enroll, leave, reply, junk, convert, two_days_later):
            await act(told)
            await house.quiet(workspace)
        yield told


async def signed_in(house: Installation, workspace: UUID, url: str) -> str:
    """A salesperson's session, by password."""
    await users.create_user(house.db, workspace, email="sam@seller.example", name="Sam Seller", role="SALES", password=PASSWORD)
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/auth/sign-in", json={"email": "sam@seller.example", "password": PASSWORD, "bearer": True}, timeout=20)
    return answer.json()["token"]


async def subscribe(told: Story) -> None:
    """A partner's endpoint wants to know of conversions and junk."""
    found = await told.ask(
        "mutation ($url: String!) { createWebhookEndpoint(input: {name: \"ERP\", url: $url, eventKinds: [\"lead.converted\", \"lead.junked\"]})"
        " { secret userErrors { code } } }", url=told.webhooks.url)
    told.secret = found["createWebhookEndpoint"]["secret"]


async def bring_in(told: Story) -> None:
    """The command line imports the file; workers enrich and score."""
    file, errors = told.house.home / "leads.csv", told.house.home / "leads.errors.csv"
    file.write_text(LEADS)
    words = command("import", "leads", str(file), "--source", "Expo", "--errors", str(errors), "--json", "--workspace", await slug(told))
    child = await asyncio.create_subprocess_exec(*words, env=told.house.variables(), cwd=told.house.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    told.imported, told.errors = json.loads(out), errors.read_text()
    await told.house.quiet(told.workspace)
    await meet(told)


async def slug(told: Story) -> str:
    return (await told.house.rows(told.workspace, "SELECT w.slug FROM lw_workspace($1) w"))[0]["slug"]


async def meet(told: Story) -> None:
    """Learns the ids and scores of everybody so far."""
    sql = ("SELECT p.id, p.name, l.id AS lead_id, s.score, s.grade FROM people p JOIN leads l ON l.workspace_id = $1 AND l.person_id = p.id"
           " LEFT JOIN scores s ON s.workspace_id = $1 AND s.person_id = p.id WHERE p.workspace_id = $1")
    for row in await told.house.rows(told.workspace, sql):
        name = row["name"].split()[0]
        told.people[name], told.leads[name] = row["id"], row["lead_id"]
        told.scored.setdefault(name, (row["score"], row["grade"]))


async def fill_in_form(told: Story) -> None:
    """Two sequences wait for people; Gus fills in the form, which opens one by capture and, by the score it gives, the other."""
    key = await told.run(lambda tx: _form_and_doors(tx))
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{told.url}/f/{key}", json=GUS, timeout=20)
    assert answer.status_code == 200, answer.text
    await told.house.mail.mailbox.wait(2)
    await told.house.quiet(told.workspace)
    await meet(told)


async def _form_and_doors(tx: Tx) -> str:
    topic = await _topic(tx)
    thanks, hot = await _template(tx, "Thank you"), await _template(tx, "You seem in a hurry")
    doors = (("By form", thanks, {"capture": {"intents": ["HAND_RAISE"]}}), ("By score", hot, {"score": {"at_least": 50}}))
    for name, template, entry in doors:
        await nurture.publish(tx, await nurture.create_sequence(tx, NewSequence(name, topic, [{"kind": "EMAIL", "template_id": str(template)}], entry=entry)))
    fields = [FormField(name, name.title()) for name in GUS]
    form = await create_form(tx, NewForm("Contact us", fields))
    return await tx.value("SELECT f.key FROM forms f WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, form)


async def _topic(tx: Tx) -> UUID:
    return await tx.value("SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.code = 'product'", tx.workspace)


async def _template(tx: Tx, subject: str) -> UUID:
    return (await delivery.create_template(tx, subject, Words(subject, PAGE))).id


async def enroll(told: Story) -> None:
    """The file's people enter by hand. The mail server puts off the one to Cy."""
    told.house.mail.fail("RCPT", "451 4.7.1 Greylisted", match="cy@spammy.example", times=None)

    async def begin(tx: Tx) -> UUID:
        steps = [{"kind": "EMAIL", "template_id": str(await _template(tx, "Hello"))}, {"kind": "WAIT", "duration": "P2D"},
                 {"kind": "EMAIL", "template_id": str(await _template(tx, "Still there?"))}]
        sequence = await nurture.create_sequence(tx, NewSequence("By hand", await _topic(tx), steps))
        await nurture.publish(tx, sequence)
        return sequence

    sequence = encode_id(CATALOG["Sequence"].tag, await told.run(begin))
    people = [told.id("Person", told.people, name) for name in ("Ada", "Ben", "Cy", "Dee", "Eve", "Flo")]
    found = await told.ask(
        "mutation ($input: EnrollInput!) { enroll(input: $input) { enrollments { person { firstName } } refused userErrors { code } } }",
        by=told.session, input={"sequenceId": sequence, "personIds": people})
    told.enrolled = found["enroll"]
    await told.house.mail.mailbox.wait(6)
    await until(lambda: _deferred(told))
    told.first_mails = told.mails()


async def _deferred(told: Story) -> bool:
    return bool(await told.house.rows(told.workspace, "SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.state = 'DEFERRED'"))


async def leave(told: Story) -> None:
    """Ben's mail program looks at the link, which changes nothing; then he clicks."""
    header = str(told.mail_to("ben@bakery.example")["list-unsubscribe"])
    (url,) = re.findall(r"<(.+)>", header)
    async with httpx.AsyncClient() as client:
        told.looked = [(await client.get(url, timeout=20)).status_code, (await client.head(url, timeout=20)).status_code]
        rows = await told.house.rows(told.workspace, "SELECT e.state FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = $2", told.people["Ben"])
        told.after_looking = rows[0]["state"]
        told.left = (await client.post(url, data={"List-Unsubscribe": "One-Click"}, timeout=20)).status_code


async def reply(told: Story) -> None:
    """Dee answers; the answer names the mail it is to."""
    answered = str(told.mail_to("dee@dunn.example")["message-id"])
    event = {"id": "<1@dunn.example>", "kind": "REPLY", "references": [answered], "subject": "Re: Hello", "text": "Call me."}
    async with httpx.AsyncClient() as client:
        headers = {"authorization": f"Bearer {told.key}"}
        answer = await client.post(f"{told.url}/inbound/mail-events", json={"events": [event]}, headers=headers, timeout=20)
    assert answer.json()["sends"][0], answer.text


async def junk(told: Story) -> None:
    told.junked = await told.ask(
        "mutation ($id: ID!) { junkLead(input: {id: $id, reason: \"SPAM\"}) { lead { state } userErrors { code } } }",
        by=told.session, id=told.id("Lead", told.leads, "Cy"))


async def convert(told: Story) -> None:
    """Sam converts Dee's lead and, impatient, does it again; then Ada's."""
    query = ("mutation ($id: ID!) { convertLead(input: {id: $id}) { replayed lead { state } contact { id name } company { name domain } deal { name }"
             " userErrors { code message } } }")
    for name in ("Dee", "Dee", "Ada"):
        told.converted.append((await told.ask(query, by=told.session, id=told.id("Lead", told.leads, name)))["convertLead"])
    await told.webhooks.wait(3)


async def two_days_later(told: Story) -> None:
    """The second mail is due for those who are still in the sequence."""
    await told.house.db.control("SELECT lw_set_clock($1, lw_clock($1) + $2)", told.workspace, timedelta(days=2, minutes=1))
    await until(lambda: _has(told, ("eve@evans.example", "Still there?")))


async def _has(told: Story, mail: tuple[str, str]) -> bool:
    return mail in told.mails()


def verified(told: Story) -> list[dict[str, Any]]:
    """The bodies of the webhooks that came, each with a signature that is right."""
    return [Webhook(told.secret).verify(call.body, call.headers) for call in told.webhooks.calls]
