"""Templates kept: snippets and layouts spread, versions stay, previews tell what is missing, what is in use is not put away; variants of an e-mail stick."""

from uuid import UUID

import pytest

from leadwell import custom, nurture, templates
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.templates import Words
from tests import builders as b
from tests.mailing import FROM, leads, sends, template, topic

LINK = '<a href="{{ unsubscribe_url }}">Unsubscribe</a>'


async def versions(tx: Tx, id: UUID) -> list[tuple[int, str]]:
    sql = "SELECT v.number, v.html FROM template_versions v WHERE v.workspace_id = $1 AND v.template_id = $2 ORDER BY v.number"
    rows = await tx.fetch(sql, tx.workspace, id)
    return [tuple(r) for r in rows]


async def test_a_changed_snippet_or_layout_is_a_new_version_of_what_takes_it_in(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        foot = (await templates.create_snippet(tx, "foot", f"<p>{{{{ workspace.name }}}} {LINK}</p>")).id
        frame = (await templates.create_layout(tx, "Frame", "<div>{{ content }}</div>{% render 'foot' %}")).id
        saved = await templates.create_template(tx, "News", Words("Hi {{ person.first_name }}", "<p>Dear {{ person.name }}</p>"), frame)
        assert saved.warnings == ()
        person = await b.make_person(tx, name="Ada <b>", first_name="Ada")
        seen = await templates.preview(tx, await templates.words_of(tx, saved.id), person)
        assert (seen.subject, seen.missing) == ("Hi Ada", ())
        assert seen.html.startswith("<div><p>Dear Ada &lt;b&gt;</p></div><p>Test <a href=")
        assert "Unsubscribe (https://example.com/unsubscribe)" in seen.text
        await templates.update_piece(tx, "snippet", foot, {"html": "<p>Bye</p>"})
        assert (await templates.preview(tx, await templates.words_of(tx, saved.id), person)).html == "<div><p>Dear Ada &lt;b&gt;</p></div><p>Bye</p>"
        assert [number for number, _ in await versions(tx, saved.id)] == [1, 2]
        with pytest.raises(templates.TemplateInUse) as used:
            await templates.archive_piece(tx, "snippet", foot)
        assert used.value.message == "The snippet is in use: layout “Frame”, template “News”."
        with pytest.raises(templates.TemplateInUse):
            await templates.archive_piece(tx, "layout", frame)
        await templates.update_template(tx, saved.id, {"html": "<p>Other</p>", "layout_id": None})
        await templates.archive_piece(tx, "layout", frame)
        await templates.restore_template(tx, saved.id, 1)
        assert [html for _, html in await versions(tx, saved.id)][-2:] == ["<p>Other</p>", "<p>Dear {{ person.name }}</p>"]

    await db.run(actor, story)


async def test_a_snippet_never_comes_round_to_itself(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        one = (await templates.create_snippet(tx, "one", "1")).id
        await templates.create_snippet(tx, "two", "{% render 'one' %}")
        with pytest.raises(Exception) as loop:
            await templates.update_piece(tx, "snippet", one, {"html": "{% if person.name %}{% render 'two' %}{% endif %}"})
        assert str(loop.value) == "The snippet comes round to itself: one → two → one."
        with pytest.raises(templates.TemplateBroken) as unknown:
            await templates.create_template(tx, "x", Words("x", "{% render 'ona' %}"))
        assert unknown.value.fix == "Make it first."
        with pytest.raises(templates.TemplateBroken) as near:
            await templates.create_template(tx, "x", Words("x", "{% render 'one' %}{% render 'ona' %}"))
        assert near.value.fix == "Did you mean one?"
        assert await tx.value("SELECT count(*) FROM templates t WHERE t.workspace_id = $1", tx.workspace) == 0

    await db.run(actor, story)


async def test_own_fields_are_named_filled_in_and_told_when_missing(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        await custom.define(tx, custom.NewField("Lead", "Shoe", "TEXT"))
        person = await b.make_person(tx, first_name=None)
        lead = await b.make_lead(tx, person)
        saved = await templates.create_template(tx, "Shoes", Words(
            "{{ lead.custom.shoe }}", f'<p>{{{{ person.first_name }}}} {{{{ company.name | default: "you" }}}}</p>{LINK}'))
        words = await templates.words_of(tx, saved.id)
        assert (await templates.preview(tx, words, person)).missing == ("lead.custom.shoe", "person.first_name")
        await custom.write(tx, "Lead", lead, {"shoe": "boot"})
        assert (await templates.preview(tx, words, person)).subject == "boot"
        with pytest.raises(templates.TemplateBroken) as broken:
            await templates.update_template(tx, saved.id, {"subject": "{{ lead.custom.sho }}"})
        assert broken.value.fix == "Did you mean lead.custom.shoe?"

    await db.run(actor, story)


async def test_all_problems_are_told_with_their_places(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        with pytest.raises(templates.TemplateBroken) as broken:
            await templates.create_template(tx, "x", Words("{{ person.nam }}", '<p>\n<a href="javascript:x()">a</a>{{ lead.x }}</p>'))
        told = [(p["part"], p["code"], p["line"], p["column"]) for p in broken.value.params["problems"]]
        assert told == [("subject", "UNKNOWN_VARIABLE", 1, 4), ("html", "UNKNOWN_VARIABLE", 2, 34), ("html", "BAD_LINK", 2, 1)]
        with pytest.raises(templates.TemplateTooLong):
            await templates.create_template(tx, "x", Words("x", "x" * 5_000_000))

    await db.run(actor, story)


async def test_a_person_gets_the_same_variant_of_an_email_and_the_funnel_tells_them_apart(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        one, two = await template(tx, "One"), await template(tx, "Two")
        mail = {"kind": "EMAIL", "variants": [{"name": "Plain", "template_id": str(one), "weight": 1}, {"name": "Loud", "template_id": str(two), "weight": 1}]}
        id = await nurture.create_sequence(tx, nurture.NewSequence("Two of them", await topic(tx), [mail]))
        await nurture.publish(tx, id)
        people = await leads(tx, 12)
        await nurture.enroll_many(tx, id, people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        got = dict(await sends(tx, "person_id", "template_id"))
        chosen = {p: (one, two)[templates.variant_of(f"{id}:s1", p, [1, 1])] for p in people}
        assert got == chosen
        (stage,) = await nurture.funnel(tx, id)
        assert {part.name: part.people for part in stage.parts} == {
            name: count for name, count in (("Plain", list(chosen.values()).count(one)), ("Loud", list(chosen.values()).count(two))) if count}
        with pytest.raises(templates.TemplateInUse):
            await templates.archive_template(tx, two)

    await db.run(actor, story)
