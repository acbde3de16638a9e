"""The demonstration workspace: an owner, a key, a form, a sequence and leads that came through the form, so that the first page shows something running."""

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from leadwell import capture, nurture, ready, workspaces
from leadwell.access import keys, links, users
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.identity import fold
from leadwell.base.settings import Settings
from leadwell.base.tx import Database, Tx
from leadwell.capture import Defaults, FormField, NewForm, Submission

SLUG, OWNER = "demo", "owner@leadwell.example"
PEOPLE = (  # name, title, company, country, what they need
    ("Ana María Silva", "Chief Marketing Officer", "Northwind Traders", "PT", "One place for leads from six fairs a year"),
    ("Jonas Weber", "Leiter Vertrieb", "Kranich Maschinenbau GmbH", "DE", "Speed to lead"),
    ("Priya Natarajan", "VP of Sales", "Contoso Health", "IN", "Scores that can be explained"),
    ("Tom O'Neill", "Head of Growth", "Bluebird Coffee Ltd", "IE", "Nurture after a free trial"),
    ("Claire Dubois", "Directrice Marketing", "Atelier Lumière", "FR", "Consent that stands up to an audit"),
    ("Kenji Watanabe", "Sales Operations Manager", "Tokai Instruments", "JP", "No more double entries"),
    ("Lucía Fernández", "Account Executive", "Río Verde Energía", "ES", "A list of whom to call"),
    ("Marcus Lindqvist", "CEO", "Fjällräv Outdoor AB", "SE", "Replace two tools"),
    ("Sarah Goldberg", "Demand Generation Lead", "Harbor Analytics", "US", "Webinar follow-up"),
    ("David Mensah", "IT Manager", "Accra Logistics", "GH", "GraphQL for our own app"),
    ("Ewa Kowalska", "Founder", "Wisła Studio", "PL", "Start small"),
    ("Noah Thompson", "Marketing Intern", "Maple & Pine", "CA", "Curious"),
)


@dataclass(frozen=True, slots=True)
class DemoInfo:
    """What whoever just started Leadwell needs to look around."""

    workspace: UUID
    api_key: str
    sign_in_token: str


async def ensure(db: Database, settings: Settings, *, sample: bool = True) -> DemoInfo:
    """Makes what is missing; safe to run at every start. The key's text is kept in the data directory, readable by its owner alone."""
    secrets.configure(settings.secret_keys)
    workspace = await workspaces.create(db, SLUG, "Demo", epoch=settings.outbound_epoch)
    user = await users.create_user(db, workspace, email=OWNER, name="Olivia Owner", role="OWNER")
    if sample:
        await _sample(db, workspace, user)
    return DemoInfo(workspace, await _key(db, workspace, settings.data_dir / "demo-key"), await links.create_link(db, workspace, user))


async def _key(db: Database, workspace: UUID, file: Path) -> str:
    kept = _kept(file)
    if kept:
        return kept
    made = await keys.create_key(db, workspace, "Demo", ["*"])
    _keep(file, made.text)
    return made.text


def _kept(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def _keep(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text + "\n")


async def _sample(db: Database, workspace: UUID, owner: UUID) -> None:
    actor = Actor.system(workspace)
    form = await db.run(actor, lambda tx: _furnish(tx, owner), replayable=True)
    if form is not None:
        await capture.submit(db, actor, [_submission(form, owner, *person) for person in PEOPLE])


async def _furnish(tx: Tx, owner: UUID) -> UUID | None:
    """The form, whose leads are the owner's, and the ready sequences, the first of them live, in one transaction; None when they are there."""
    await tx.value("SELECT 1 FROM event_cursors c WHERE c.workspace_id = $1 FOR UPDATE", tx.workspace)     # two at once take turns
    if await tx.value("SELECT 1 FROM forms f WHERE f.workspace_id = $1 LIMIT 1", tx.workspace):
        return None
    source = await tx.value("SELECT s.id FROM sources s WHERE s.workspace_id = $1 AND s.channel = 'FORM' LIMIT 1", tx.workspace)
    for key in ready.READY:
        one = await ready.install(tx, key)
        if key == "welcome":
            await nurture.publish(tx, one.sequence_id)      # the others are drafts, to be copied, rehearsed and published
    return await capture.create_form(tx, NewForm(
        "Contact us", [
            FormField("name", "Your name", required=True), FormField("email", "E-mail", required=True), FormField("company", "Company"),
            FormField("title", "Your role"), FormField("need", "What do you need?")],
        source_id=source, owner_id=owner, thank_you="Thank you. We will call you."))


def _submission(form: UUID, owner: UUID, name: str, title: str, company: str, country: str, need: str) -> Submission:
    local, domain = (fold(words).split()[0] for words in (name, company))
    fields = {"name": name, "email": f"{local}@{domain}.example", "title": title, "company": company, "country": country, "need": need}
    return Submission("FORM", fields, form_id=form, dedupe_key=f"demo:{name}", defaults=Defaults(source="Website form", owner_id=owner))
