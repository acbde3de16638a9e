"""The example app in a real browser against a real `leadwell up`: sign in, watch, convert, look back."""

import asyncio
import json
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import leads
from leadwell.access import users
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.embedded.mailbox import Mailbox
from tests.browser import Browser, Page, chromium
from tests.processes import ROOT, command_line, family, short_directory, up

EMAIL, PASSWORD = "sam@acme.example", "correct horse battery"
SHOTS = os.environ.get("LEADWELL_SCREENSHOTS")
CREATE_FORM = "mutation($input: CreateFormInput!) { createForm(input: $input) { form { key } userErrors { message } } }"
CREATE_LEADS = "mutation($input: CreateLeadsInput!) { createLeads(input: $input) { leads { id } userErrors { message } } }"
UPDATE_LEAD = "mutation($input: UpdateLeadInput!) { updateLead(input: $input) { lead { version } userErrors { message } } }"
FIND = "query($name: String!) { leads(where: {name: {eq: $name}}) { nodes { id state conversion { contact { id } } } } }"


@dataclass(frozen=True)
class Running:
    """The whole product, and another client of it beside the browser."""

    pid: int
    ready: dict[str, Any]

    @property
    def spa(self) -> str:
        return f"{self.ready['url']}/examples/spa/"

    def post(self, path: str, body: Any) -> Any:
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.ready['api_key']}"}
        request = urllib.request.Request(self.ready["url"] + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    async def ask(self, query: str, **variables: Any) -> Any:
        """The first field's value; a refusal fails the test."""
        answer = await asyncio.to_thread(self.post, "/graphql", {"query": query, "variables": variables})
        assert answer.get("data"), answer
        (found,) = answer["data"].values()
        assert not found.get("userErrors"), found
        return found

    async def lead(self, name: str) -> Any:
        (found,) = (await self.ask(FIND, name=name))["nodes"]
        return found


@pytest.fixture(scope="module")
def running(browser: Browser) -> Iterator[Running]:
    """Asks for the browser first: where there is none, nothing is started."""
    with short_directory() as home, up(home, "--no-demo", stand_ins=ROOT) as (process, ready):
        yield Running(process.pid, ready)


@pytest_asyncio.fixture(scope="module")
async def outside(running: Running) -> AsyncIterator[Database]:
    """The same database past the API, with a user who has a password and leads that came by a form and in a batch."""
    db = Database(await open_pool(running.ready["database_url"], size=2))
    await users.create_user(db, UUID(running.ready["workspace"]), email=EMAIL, name="Sam Sales", role="OWNER", password=PASSWORD)
    fields = [{"name": name} for name in ("name", "email", "company", "title", "need")]
    form = (await running.ask(CREATE_FORM, input={"name": "Contact us", "fields": fields}))["form"]
    await asyncio.to_thread(running.post, f"/f/{form['key']}", {
        "name": "Ada Lovelace", "email": "ada@engines.example", "company": "Analytical Engines", "title": "VP of Sales", "need": "A machine that follows up"})
    many = [{"name": f"Visitor {i:02}", "email": f"visitor{i:02}@crowd{i:02}.example", "companyName": f"Crowd {i:02}"} for i in range(30)]
    await running.ask(CREATE_LEADS, input={"leads": many})
    yield db
    await db.close()


@pytest_asyncio.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest_asyncio.fixture
async def page(browser: Browser, running: Running, outside: Database) -> AsyncIterator[Page]:
    """The app of a user who has signed in with a password."""
    async with browser.tab() as opened:
        await opened.open(running.spa)
        await opened.type("[name=email]", EMAIL)
        await opened.type("[name=password]", PASSWORD)
        await opened.press("Enter", 13)
        await opened.sees("Leads", "h1")
        await opened.sees("Live", ".live")
        yield opened


def listed(selector: str, value: str) -> str:
    """Something of every match, once there are any."""
    return f"(() => {{ const all = [...document.querySelectorAll('{selector}')]; return all.length && all.map((e) => {value}) }})()"


async def shot(page: Page, folder: Path, name: str) -> None:
    await page.screenshot((Path(SHOTS) if SHOTS else folder) / f"{name}.png")


async def test_a_lead_changes_live_is_converted_and_the_contact_carries_the_history(page: Page, running: Running, tmp_path: Path) -> None:
    await page.type("input[type=search]", "lovelace")
    await page.sees("1 lead", "tbody")
    await shot(page, tmp_path, "leads")
    lead = await running.lead("Ada Lovelace")
    await page.evaluate("window.sameDocument = true")
    await running.ask(UPDATE_LEAD, input={"id": lead["id"], "companyName": "Analytical Engines Ltd", "title": "Countess"})
    await page.sees("Analytical Engines Ltd", "tbody tr")
    await page.sees("Countess", "tbody tr")

    await page.click("tbody a", "Ada Lovelace")
    await page.sees("A machine that follows up", "dl")
    await page.sees("Form", ".history .kind")
    total = await page.until("document.querySelector('#score b')?.innerText")
    points = await page.until(listed(".small .number", "Number(e.innerText)"))
    assert sum(points) == int(total)
    await shot(page, tmp_path, "lead")
    await page.click("button", "Convert")
    await page.sees("Contact Ada Lovelace, company Analytical Engines Ltd", ".done")
    await page.sees("Converted", "h1")

    await page.click(".done a", "Ada Lovelace")
    await page.sees("Contact since", "dl")
    await page.sees("Converted", ".history")
    kinds = await page.until(listed(".history li", "e.dataset.kind"))
    assert kinds.index("CONVERSION") < kinds.index("FORM")
    assert await page.evaluate("location.hash") == f"#/contacts/{(await running.lead('Ada Lovelace'))['conversion']['contact']['id']}"
    await page.dark()
    await shot(page, tmp_path, "contact")
    assert await page.evaluate("window.sameDocument")
    assert page.problems == []
    assert {address.split("/")[2] for address in page.requests} == {running.ready["url"].split("/")[2]}


async def test_the_list_is_paged_filtered_and_sorted(page: Page) -> None:
    rows = "document.querySelectorAll('tbody th[scope=row]')"
    assert await page.until(f"{rows}.length") == 25
    await page.click("button", "Show more")
    await page.until(f"{rows}.length === 31")
    assert await page.evaluate(f"new Set([...{rows}].map((e) => e.innerText)).size") == 31
    await page.type("input[type=search]", "visitor 0")
    await page.sees("10 leads", "tbody")
    await page.choose("form select:nth-of-type(1)", "JUNK")
    await page.sees("No lead matches", "tbody")
    await page.choose("form select:nth-of-type(1)", "")
    await page.choose("label:nth-of-type(3) select", "Name")
    await page.until(f"{rows}[0]?.innerText.startsWith('Visitor 00')")
    assert page.problems == []


async def test_a_new_lead_is_announced_and_shown_on_request(page: Page, running: Running) -> None:
    await page.sees("leads", "tbody")
    await running.ask(CREATE_LEADS, input={"leads": [{"name": "Grace Hopper", "email": "grace@navy.example"}]})
    await page.click("button", "Show 1 new lead")
    await page.sees("Grace Hopper", "tbody")
    assert page.problems == []


async def test_a_refusal_is_shown_with_a_way_out_that_works(page: Page, running: Running, tmp_path: Path) -> None:
    await running.ask(CREATE_LEADS, input={"leads": [{"name": "Alan Turing", "email": "alan@gmail.com"}]})
    await page.type("input[type=search]", "turing")
    await page.click("tbody a", "Alan Turing")
    await page.click("button", "Convert")
    await page.sees("A contact needs a company, and the lead names none. Give the company's name", ".problem")
    await shot(page, tmp_path, "refusal")
    assert (await running.lead("Alan Turing"))["state"] == "OPEN"
    await page.type("[name=company]", "Bletchley Park")
    await page.click("button", "Convert")
    await page.sees("Contact Alan Turing, company Bletchley Park", ".done")
    assert page.problems == []


async def test_what_changed_while_the_connection_was_lost_arrives_when_it_is_back(page: Page, running: Running, outside: Database) -> None:
    await page.type("input[type=search]", "visitor 03")
    await page.sees("1 lead", "tbody")
    lead = decode_id((await running.lead("Visitor 03"))["id"])[1]
    api = next(pid for pid in family(running.pid) if " api " in command_line(pid).replace("\0", " "))
    os.kill(api, signal.SIGKILL)
    await page.sees("Connecting", ".live")
    await outside.run(Actor.system(UUID(running.ready["workspace"])), lambda tx: leads.update(tx, lead, {"title": "Changed meanwhile"}))
    await page.sees("Changed meanwhile", "tbody tr", within=20)
    await page.sees("Live", ".live")


async def test_mail_shows_by_itself_on_the_open_mailbox_page_and_runs_no_script(page: Page, running: Running, tmp_path: Path) -> None:
    box = Mailbox(Path(running.ready["data_dir"]) / "mailbox")
    await page.open(running.ready["mailbox"])
    message = EmailMessage()
    message["Subject"], message["To"] = "Welcome <b>aboard</b>", "Ada <ada@engines.example>"
    message.set_content("Hello")
    message.add_alternative('<h2>Hello Ada</h2><script>top.ran = true</script><img src="https://elsewhere.example/pixel.gif">', subtype="html")
    box.keep("mail@leadwell.localhost", ("ada@engines.example",), message.as_bytes())
    await page.click("tbody a", "Welcome <b>aboard</b>")
    await page.sees("Ada <ada@engines.example>", "dl")
    await page.until("document.querySelector('iframe').getBoundingClientRect().height > 100")
    await shot(page, tmp_path, "mail")
    assert await page.evaluate("window.ran") is None
    assert not any("elsewhere" in address for address in page.requests)
    assert page.problems == []


async def test_the_way_from_list_to_contact_needs_no_mouse(page: Page, running: Running) -> None:
    await page.tab_to("Name, e-mail or company")
    await page.call("Input.insertText", text="visitor 11")
    await page.sees("1 lead", "tbody")
    for stop in ("Visitor 11", "Convert", "Visitor 11"):
        await page.tab_to(stop)
        await page.press("Enter", 13)
        await page.until("document.activeElement.tagName === 'H1' || document.querySelector('.done a')")
    await page.sees("Contact since", "dl")
    assert (await running.lead("Visitor 11"))["state"] == "CONVERTED"
    assert page.problems == []


async def test_a_session_that_ended_elsewhere_leads_back_to_the_sign_in(page: Page) -> None:
    await page.call("Network.clearBrowserCookies")
    await page.type("input[type=search]", "nobody at all")
    await page.sees("Sign in", "h1")


async def test_signing_out_ends_the_session(page: Page, running: Running) -> None:
    await page.click("button", "Sign out")
    await page.sees("Sign in", "h1")
    await page.open(running.spa)
    await page.sees("Sign in", "h1")
    assert page.problems == []


async def test_a_wrong_password_is_refused_in_words(browser: Browser, running: Running, outside: Database) -> None:
    async with browser.tab() as page:
        await page.open(running.spa)
        await page.type("[name=email]", EMAIL)
        await page.type("[name=password]", "not this one at all")
        await page.click("button", "Sign in")
        await page.sees("The e-mail address or the password is wrong.", "[role=alert]")


async def test_the_editor_takes_a_key_runs_an_example_and_hears_what_another_client_does(
    browser: Browser, running: Running, outside: Database, tmp_path: Path
) -> None:
    async with browser.tab() as page:
        await page.open(running.ready["url"])
        await page.sees("Not signed in", "[role=status]")
        await page.type("[aria-label='API key']", running.ready["api_key"])
        await page.click("button", "Use key")
        await page.sees(" · API key · ", "[role=status]")
        await page.click(".graphiql-tab-button", "Leads")
        await page.click(".graphiql-execute-button")
        await page.sees("Crowd", ".result-window")
        await shot(page, tmp_path, "editor")
        await page.click(".graphiql-tab-button", "WhoAmI")
        await page.click(".graphiql-execute-button")
        await page.click(".graphiql-tab-button", "Leads")    # before the answer
        await page.sees("Crowd", ".result-window")
        await page.click(".graphiql-tab-button", "WhoAmI")
        await page.sees("permissions", ".result-window")
        await page.click(".graphiql-tab-button", "Live")
        await page.click(".graphiql-execute-button")
        for i in range(200):    # until it has begun to listen
            await running.ask(CREATE_LEADS, input={"leads": [{"name": f"Editor{i}", "email": f"editor{i}@engines.example"}]})
            if await page.evaluate("document.querySelector('.result-window').innerText.includes('Editor')"):
                break
        await page.sees("leadsChanged", ".result-window")
        await page.sees("Editor", ".result-window")
        await shot(page, tmp_path, "editor-live")
        assert page.problems == []
        assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {urlsplit(running.ready["url"]).netloc}
