"""What uses a template, a snippet or a layout: nothing that is needed is put away."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.templates.refusals import TemplateInUse

MOST = 50
Piece = Literal["template", "snippet", "layout"]


@dataclass(frozen=True, slots=True)
class Use:
    """A record that uses something; `noun` is Sequence, Broadcast, Template, Snippet or Layout."""

    noun: str
    id: UUID
    name: str


async def uses(tx: Tx, piece: Piece, id: UUID) -> list[Use]:
    """What uses it, by noun and name; at most 50."""
    rows = await tx.fetch(load(__name__, f"uses_of_{piece}"), tx.workspace, id, MOST)
    return [Use(row["noun"], row["id"], row["name"]) for row in rows]


async def unused(tx: Tx, piece: Piece, id: UUID) -> None:
    """TemplateInUse, with the list."""
    if found := await uses(tx, piece, id):
        told = ", ".join(f"{use.noun.lower()} “{use.name}”" for use in found)
        raise TemplateInUse(noun=piece, users=told, used_by=[{"noun": use.noun, "name": use.name} for use in found])
