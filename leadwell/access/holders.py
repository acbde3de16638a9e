"""The users whose rows a viewer sees among a noun's, for figures that the catalog does not compile."""

from uuid import UUID

from leadwell.access.sees import TEAM, Sees, reach
from leadwell.base.tx import Tx

SQL = f"SELECT unnest({TEAM.format(holder='$2::uuid', team='$3::uuid')}) AS id"


async def holders(tx: Tx, viewer: Sees, noun: str) -> list[UUID] | None:
    """None where the viewer sees all rows of the noun ("Lead")."""
    far = reach(viewer, noun)
    if far == "all":
        return None
    if far == "own":
        return [viewer.holder] if viewer.holder else []
    return [row["id"] for row in await tx.fetch(SQL, tx.workspace, viewer.holder, viewer.team_id)]
