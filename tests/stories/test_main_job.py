"""Captured, enriched, scored, nurtured, converted: what the contact, the mailbox, the ledger and the partner show in the end."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from tests.installation import installed
from tests.processes import short_directory
from tests.stories.main_job import Story, play, verified

HELLO, AGAIN, THANKS, HURRY = "Hello", "Still there?", "Thank you", "You seem in a hurry"


@pytest_asyncio.fixture(scope="module")
async def story() -> AsyncIterator[Story]:
    """The main job, played once."""
    with short_directory() as home:
        async with installed(home) as house, play(house) as told:
            yield told


async def timeline(story: Story, contact_id: str) -> list[tuple[str, str | None, str | None]]:
    """Kind, direction and subject of a contact's activities, oldest first, as the API shows them."""
    found = await story.ask(
        "query ($id: ID!) { contact(id: $id) { activities(first: 50, orderBy: [{at: ASC}]) { nodes { kind direction subject } } } }", id=contact_id)
    return [(a["kind"], a["direction"], a["subject"]) for a in found["contact"]["activities"]["nodes"]]


async def ledger(story: Story, name: str) -> list[tuple[str, str | None, str]]:
    """State, reason and sentence of every mail planned for a person, oldest first."""
    found = await story.ask("query ($id: ID!) { sendLedger(personId: $id) { state reason explanation } }", id=story.id("Person", story.people, name))
    return [(line["state"], line["reason"], line["explanation"]) for line in reversed(found["sendLedger"])]


async def test_row_with_a_bad_address_is_kept_and_reported(story: Story) -> None:
    counts = {name: story.imported[name] for name in ("rows", "created", "attached", "unchanged", "failed", "flawed")}
    assert counts == {"rows": 6, "created": 6, "attached": 0, "unchanged": 0, "failed": 0, "flawed": 1}
    assert story.errors.splitlines()[1].startswith('"6","Email","BAD_EMAIL"')
    found = await story.ask("{ leads(where: {email: {isNull: true}}) { nodes { name companyName state } } }")
    assert found["leads"]["nodes"] == [{"name": "Flo Frost", "companyName": "Frost Oy", "state": "OPEN"}]


async def test_titles_numbers_and_addresses_are_enriched(story: Story) -> None:
    found = await story.ask("query ($id: ID!) { person(id: $id) { department seniority country timeZone phone } }", id=story.id("Person", story.people, "Dee"))
    assert found["person"] == {"department": "EXECUTIVE", "seniority": "C_LEVEL", "country": "DE", "timeZone": "Europe/Berlin", "phone": "+4930901820"}


async def test_everybody_has_the_score_the_rules_give(story: Story) -> None:
    assert story.scored == {
        "Ada": (40, "C"), "Ben": (32, "C"), "Cy": (15, "D"), "Dee": (45, "C"), "Eve": (32, "C"), "Flo": (10, "D"), "Gus": (65, "B")}


async def test_explanation_of_a_score_adds_up_to_it(story: Story) -> None:
    found = await story.ask(
        "query ($id: ID!) { scoreExplanation(id: $id) { score shown fit engagement contributions { rule counted } } person(id: $id) { score fit engagement } }",
        id=story.id("Person", story.people, "Gus"))
    told = found["scoreExplanation"]
    rules = {c["rule"]: Decimal(c["counted"]) for c in told["contributions"]}
    assert rules.keys() >= {"decides", "buys", "named", "business-mail", "phone", "form"}
    assert sum(rules.values()) == told["score"] == told["shown"] == found["person"]["score"] == told["fit"] + told["engagement"]


async def test_first_mails_go_to_those_who_entered_and_none_twice(story: Story) -> None:
    flo = story.id("Person", story.people, "Flo")
    assert story.enrolled["userErrors"] == []
    assert [e["person"]["firstName"] for e in story.enrolled["enrollments"]] == ["Ada", "Ben", "Cy", "Dee", "Eve"]
    assert story.enrolled["refused"] == [f"{flo} NO_ADDRESS"]
    assert story.first_mails == [
        ("ada@analytical.example", HELLO), ("ben@bakery.example", HELLO), ("dee@dunn.example", HELLO), ("eve@evans.example", HELLO),
        ("gus@grand.example", THANKS), ("gus@grand.example", HURRY)]


async def test_looking_at_the_unsubscribe_link_changes_nothing_and_one_click_opts_out(story: Story) -> None:
    assert (story.looked, story.after_looking, story.left) == ([200, 200], "ACTIVE", 200)
    sql = "SELECT e.state, e.exit_reason FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = $2"
    assert [tuple(r) for r in await story.house.rows(story.workspace, sql, story.people["Ben"])] == [("EXITED", "UNSUBSCRIBE")]
    assert ("ben@bakery.example", AGAIN) not in story.mails()


async def test_two_days_later_only_those_still_in_the_sequence_get_the_second_mail(story: Story) -> None:
    assert [mail for mail in story.mails() if mail[1] == AGAIN] == [("eve@evans.example", AGAIN)]
    assert story.mails() == sorted([*story.first_mails, ("dee@dunn.example", HURRY), ("eve@evans.example", AGAIN)])


async def test_everybody_left_the_sequence_for_their_own_reason(story: Story) -> None:
    sql = ("SELECT p.first_name, e.state, e.exit_reason FROM enrollments e JOIN people p ON p.workspace_id = $1 AND p.id = e.person_id"
           " JOIN sequences s ON s.workspace_id = $1 AND s.id = e.sequence_id WHERE e.workspace_id = $1 AND s.name = 'By hand' ORDER BY 1")
    assert [tuple(r) for r in await story.house.rows(story.workspace, sql)] == [
        ("Ada", "EXITED", "CONVERSION"), ("Ben", "EXITED", "UNSUBSCRIBE"), ("Cy", "EXITED", "JUNK"), ("Dee", "EXITED", "REPLY"), ("Eve", "COMPLETED", None)]


async def test_ledger_explains_who_did_not_get_what(story: Story) -> None:
    assert await ledger(story, "Cy") == [("SKIPPED", "EXITED_JUNK", "Not sent: the person had left the sequence (junk).")]
    assert await ledger(story, "Eve") == [("SENT", None, "Sent: the mail server took it.")] * 2
    assert await ledger(story, "Flo") == []
    states = await story.house.rows(story.workspace, "SELECT s.state, count(*) AS n FROM sends s WHERE s.workspace_id = $1 GROUP BY 1 ORDER BY 1")
    assert {r["state"]: r["n"] for r in states} == {"SENT": len(story.mails()), "SKIPPED": 1}


async def test_junk_by_the_salesperson(story: Story) -> None:
    assert story.junked == {"junkLead": {"lead": {"state": "JUNK"}, "userErrors": []}}


async def test_second_conversion_answers_the_first_and_makes_nothing(story: Story) -> None:
    first, second, _ = story.converted
    assert first["userErrors"] == []
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert {k: v for k, v in first.items() if k != "replayed"} == {k: v for k, v in second.items() if k != "replayed"}
    assert first["contact"]["name"] == "Dee Dunn"
    assert first["company"] == {"name": "Dunn GmbH", "domain": "dunn.example"}
    found = await story.ask("{ contacts { totalCount } companies { totalCount } deals { totalCount } }")
    assert found == {"contacts": {"totalCount": 2}, "companies": {"totalCount": 2}, "deals": {"totalCount": 2}}


async def test_contacts_timeline_shows_the_whole_history(story: Story) -> None:
    dee, _, ada = story.converted
    assert await timeline(story, dee["contact"]["id"]) == [
        ("IMPORT", None, "Imported"), ("EMAIL", "OUTBOUND", HELLO), ("REPLY", "INBOUND", "Re: Hello"), ("EMAIL", "OUTBOUND", HURRY),
        ("CONVERSION", None, "Dee Dunn became a contact")]
    assert await timeline(story, ada["contact"]["id"]) == [
        ("IMPORT", None, "Imported"), ("EMAIL", "OUTBOUND", HELLO), ("CONVERSION", None, "Ada Lovelace became a contact")]


async def test_partner_heard_of_each_once_with_a_signature_that_holds(story: Story) -> None:
    told = sorted((body["type"], body["data"]["id"]) for body in verified(story))
    lead = CATALOG["Lead"].tag
    assert told == sorted([
        ("lead.converted", encode_id(lead, story.leads["Ada"])), ("lead.converted", encode_id(lead, story.leads["Dee"])),
        ("lead.junked", encode_id(lead, story.leads["Cy"]))])
    found = await story.ask("{ webhookDeliveries(first: 10) { nodes { eventKind state attempts statusCode } } }")
    assert sorted((d["eventKind"], d["state"], d["attempts"], d["statusCode"]) for d in found["webhookDeliveries"]["nodes"]) == [
        ("lead.converted", "DELIVERED", 1, 204), ("lead.converted", "DELIVERED", 1, 204), ("lead.junked", "DELIVERED", 1, 204)]


async def test_every_event_was_numbered_once_and_nothing_is_left_or_dead(story: Story) -> None:
    seqs = [r["seq"] for r in await story.house.rows(story.workspace, "SELECT e.seq FROM events e WHERE e.workspace_id = $1 ORDER BY e.seq")]
    assert seqs == list(range(1, len(seqs) + 1))
    dead = await story.house.rows(story.workspace, "SELECT w.kind, w.last_error FROM work w WHERE w.workspace_id = $1 AND w.state = 'DEAD'")
    assert [tuple(r) for r in dead] == []
