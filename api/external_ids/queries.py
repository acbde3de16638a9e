"""One record by what another system calls it; a merged one is answered by its survivor."""

from typing import Annotated, Any, Optional

import strawberry

from api.context import Context, Info
from api.grammar import GRAMMAR
from leadwell.base.redirects import followed
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG

Source = Annotated[str, strawberry.argument(description="The other system, by the name captures (`externalSystem`) and imports (`system`) gave it.")]
Id = Annotated[str, strawberry.argument(description="What it calls the record.")]
CALLED = "SELECT x.record_id FROM external_ids x WHERE x.workspace_id = $1 AND x.noun = $2 AND x.source = $3 AND x.external_id = $4"


def _by_external_id(name: str) -> Any:
    noun = CATALOG[name]

    async def resolver(info: Info, source: Source, id: Id) -> Any:
        context: Context = info.context
        context.viewer.need(noun.plural, "read")
        async with context.lock:
            tx: Tx = await context.reader()
            found = await tx.value(CALLED, tx.workspace, name, source, id)
            today = await followed(tx, name, [found] if found else [])
        return await GRAMMAR.row(context, name, today[found]) if found else None

    kind: Any = Optional[GRAMMAR.type(name)]  # noqa: UP045
    says = f"The {noun.singular} that another system calls so; null where it is unknown or hidden."
    return strawberry.field(resolver=resolver, graphql_type=kind, description=says)


@strawberry.type
class ExternalIdQueries:
    person_by_external_id: Any = _by_external_id("Person")
    lead_by_external_id: Any = _by_external_id("Lead")
    contact_by_external_id: Any = _by_external_id("Contact")
    company_by_external_id: Any = _by_external_id("Company")
    deal_by_external_id: Any = _by_external_id("Deal")
