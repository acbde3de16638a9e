"""How a file is imported, and what that needs from the workspace."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean, country_code
from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.capture import INTENTS, Defaults
from leadwell.transfer.batches import Plan
from leadwell.transfer.mapping import Mapped
from leadwell.transfer.refusals import BadIntent, UnknownCountry


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`source` and `campaign` are names, made when new; `country` reads local numbers; `system` names whose external ids the file holds.
    A list asks for less than a hand raised: its `intent` is CONTENT unless said otherwise."""

    source: str | None = None
    campaign: str | None = None
    country: str | None = None
    intent: str = "CONTENT"
    system: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    dry_run: bool = False

    def kept(self) -> Mapping[str, Any]:
        """What makes the same file another import."""
        return {name: value for name, value in asdict(self).items() if value and name not in ("dry_run", "encoding", "delimiter")}


async def prepare(tx: Tx, mapped: Mapped, options: ImportOptions) -> Plan:
    """Checks the options and finds or makes the campaign."""
    if options.intent not in INTENTS:
        raise BadIntent(field="intent", intent=options.intent[:40])
    country = country_code(options.country)
    if options.country and not country:
        raise UnknownCountry(field="country", value=options.country[:40])
    home = await tx.row("SELECT w.country, w.currency FROM lw_workspace($1) w", tx.workspace)
    assert home is not None
    campaign = await _campaign(tx, clean(options.campaign, limit=200)) if options.campaign else None
    defaults = Defaults(
        source=options.source, campaign_id=campaign, country=country or home["country"], currency=home["currency"],
        system=options.system or mapped.system, subject="Imported",
    )  # fmt: skip
    return Plan(mapped, options.intent, defaults, options.campaign)


async def _campaign(tx: Tx, name: str) -> UUID:
    found = await tx.value("SELECT c.id FROM campaigns c WHERE c.workspace_id = $1 AND c.name = $2 ORDER BY c.created_at LIMIT 1", tx.workspace, name)
    if found:
        return found
    id = uuid7()
    sql = "INSERT INTO campaigns (workspace_id, id, name, status, created_at, updated_at) VALUES ($1, $2, $3, 'ACTIVE', $4, $4)"
    await tx.execute(sql, tx.workspace, id, name, await tx.now())
    await events.note(tx, "campaign.created", "Campaign", id, version=1, data={"name": name})
    return id
