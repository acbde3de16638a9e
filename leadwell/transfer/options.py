"""How a file is imported, and what that needs from the workspace."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean, country_code
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.capture import INTENTS, Defaults
from leadwell.capture.fields import BOTH, LEAD, PERSON
from leadwell.capture.fields import FIELDS as LEAD_FIELDS
from leadwell.transfer.effects import EFFECTS
from leadwell.transfer.extras import NONE, Extra, Extras, extras_of
from leadwell.transfer.mapping import NOUN_WORDS, Mapped
from leadwell.transfer.nouns import MODES, NOUNS, RECORDS, Hints, Mode, Way
from leadwell.transfer.refusals import BadIntent, BadMode, FieldNotOverwritten, NothingToOverwrite, UnknownCountry, UnknownEffect, UnknownField, UnknownNoun

NOT_KEPT = ("dry_run", "encoding", "delimiter", "noun")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`source` and `campaign` are names, made when new; `country` reads local numbers; `system` names whose external ids the file holds.
    A list asks for less than a hand raised: its `intent` is CONTENT unless said otherwise. `mode`: CREATE leaves what is known alone,
    FILL_EMPTY fills what is empty, OVERWRITE also replaces the fields listed in `overwrite`. `effects` are what else may follow; none is
    the default."""

    source: str | None = None
    campaign: str | None = None
    country: str | None = None
    intent: str = "CONTENT"
    system: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    dry_run: bool = False
    noun: str = "Lead"
    mode: Mode = "FILL_EMPTY"
    overwrite: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()

    def kept(self) -> Mapping[str, Any]:
        """What makes the same file another import."""
        told: dict[str, Any] = {name: value for name, value in asdict(self).items() if value and name not in NOT_KEPT}
        plain = {name: list(value) if name in ("overwrite", "effects") else value for name, value in told.items()}
        return {name: value for name, value in plain.items() if (name, value) != ("mode", "FILL_EMPTY")}

    @classmethod
    def of(cls, kept: Mapping[str, Any], noun: str) -> "ImportOptions":
        """From the table."""
        lists = ("overwrite", "effects")
        known: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in kept.items() if name in cls.__slots__}
        return cls(**known, noun=noun)


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows become records; `id` is the import that keeps them, `run` how often its file was begun. `overwrite` are columns, and names of `extras`,
    the custom fields and tags that columns fill."""

    mapped: Mapped
    intent: Any
    defaults: Defaults
    campaign: str | None = None
    id: UUID | None = None
    run: int = 1
    mode: Mode = "FILL_EMPTY"
    overwrite: frozenset[str] = frozenset()
    effects: frozenset[str] = field(default_factory=frozenset[str])
    way: Way | None = None
    extras: Mapping[str, Extra] = field(default_factory=dict[str, Extra])

    @property
    def noun(self) -> str:
        return self.mapped.noun


async def prepare(tx: Tx, mapped: Mapped, options: ImportOptions) -> Plan:
    """Checks the options and finds or makes the campaign."""
    extras = (await extras_of(tx)).get(options.noun, NONE)
    columns = check(options, extras)
    country = country_code(options.country)
    home = await tx.row("SELECT w.country, w.currency FROM lw_workspace($1) w", tx.workspace)
    assert home is not None
    campaign = await _campaign(tx, clean(options.campaign, limit=200)) if options.campaign else None
    defaults = Defaults(
        source=options.source, campaign_id=campaign, country=country or home["country"], currency=home["currency"],
        system=options.system or mapped.system, subject="Imported",
    )  # fmt: skip
    way = Way(defaults.system, options.mode, columns, Hints(defaults.country, defaults.currency), campaign_id=campaign, at=await tx.now())
    return Plan(
        mapped, options.intent, defaults, options.campaign, mode=options.mode, overwrite=columns, effects=frozenset(options.effects),
        way=None if options.noun == "Lead" else way, extras={name: extras[name] for name in mapped.fields.values() if name in extras},
    )  # fmt: skip


def check(options: ImportOptions, extras: Extras) -> frozenset[str]:
    """Refuses what cannot be; returns the columns that may be overwritten, and the `extras` of the workspace by their names."""
    if options.noun not in NOUNS:
        raise UnknownNoun(field="noun", noun=options.noun[:40])
    if options.intent not in INTENTS:
        raise BadIntent(field="intent", intent=options.intent[:40])
    if options.country and not country_code(options.country):
        raise UnknownCountry(field="country", value=options.country[:40])
    if options.mode not in MODES:
        raise BadMode(field="mode", mode=str(options.mode)[:40])
    if options.mode == "OVERWRITE" and not options.overwrite:
        raise NothingToOverwrite(field="overwrite")
    for effect in options.effects:
        if effect not in EFFECTS:
            raise UnknownEffect(field="effects", effect=effect[:40])
    return frozenset(column for name in options.overwrite for column in ((name,) if name in extras else _columns(options.noun, name)))


def _columns(noun: str, name: str) -> tuple[str, ...]:
    """The columns a field stands for."""
    known: Mapping[str, Any] = LEAD_FIELDS if noun == "Lead" else RECORDS[noun].fields
    if name not in known:
        raise UnknownField(field="overwrite", name=name[:40], noun=NOUN_WORDS[noun])
    if noun == "Lead":
        goes, column = LEAD_FIELDS[name].goes, {"email": "email", "budget": "budget_minor"}.get(name) or LEAD_FIELDS[name].column
        if not column or (goes not in (PERSON, LEAD, BOTH) and name not in ("email", "budget")):
            raise FieldNotOverwritten(field="overwrite", name=name)
        return (column,)
    found = RECORDS[noun].fields[name]
    columns = {"Company.parent": "parent_id", "Company.owner": "owner_id", "Contact.owner": "owner_id", "Deal.owner": "owner_id", "Deal.stage": "stage_id",
               "Deal.state": "stage_id", "Deal.company": "company_id",
               "Deal.source": "source_id", "Deal.campaign": "campaign_id", "Contact.source": "source_id"}
    column = columns.get(f"{noun}.{name}") or found.column
    if not column or noun == "Activity":
        raise FieldNotOverwritten(field="overwrite", name=name)
    return (column,)


async def _campaign(tx: Tx, name: str) -> UUID:
    found = await tx.value("SELECT c.id FROM campaigns c WHERE c.workspace_id = $1 AND c.name = $2 ORDER BY c.created_at LIMIT 1", tx.workspace, name)
    if found:
        return found
    id = uuid7()
    sql = "INSERT INTO campaigns (workspace_id, id, name, status, created_at, updated_at) VALUES ($1, $2, $3, 'ACTIVE', $4, $4)"
    await tx.execute(sql, tx.workspace, id, name, await tx.now())
    await events.note(tx, "campaign.created", "Campaign", id, version=1, data={"name": name})
    return id
