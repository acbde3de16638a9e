"""What an export's columns are: fields of a noun, of the one record beside it ("owner.name"), custom fields ("custom.key") and tags, as far as whoever asks
may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from leadwell.base.identity.money import minor_digits
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import Column, FieldForbidden, Noun, Relation, Sees
from leadwell.catalog.statement import Statement
from leadwell.transfer.extras import CUSTOM, TAGS

ALWAYS_LEFT = ("version", "archivedAt", "search", "snapshot", "companyMatch")
BESIDE = ("name", "email", "domain")
MOST = 500   # all that a noun can have, 200 custom fields among them


class BadColumn(Refusal):
    """{noun} has no field "{name}" that could be exported."""

    fix = "Name a field of the noun, one of a record beside it such as owner.name, a custom field such as custom.size, or tags."


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of an export: its heading, its field, the relation that leads there, and the key where it is a custom field."""

    name: str
    column: Column
    relation: Relation | None = None
    key: str = ""


async def customs_of(tx: Tx, noun: str) -> list[str]:
    """The names of a noun's custom fields, the oldest first."""
    sql = "SELECT f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = $2 AND f.archived_at IS NULL ORDER BY f.created_at, f.id"
    return [CUSTOM + row["key"] for row in await tx.fetch(sql, tx.workspace, noun)]


def cells(noun: Noun, names: Sequence[str], viewer: Sees, customs: Sequence[str] | None) -> list[Cell]:
    """The columns named, or all that can be seen. `customs` are the custom fields there are; None: the names have been looked at before, and one that
    was put away since is empty. BadColumn, FieldForbidden."""
    if len(names) > MOST:
        raise BadColumn(field="columns", noun=noun.name, name=names[MOST])
    return [_cell(noun, name, viewer, customs) for name in names] if names else _all(noun, viewer, customs or ())


def _cell(noun: Noun, name: str, viewer: Sees, customs: Sequence[str] | None) -> Cell:
    if name == TAGS and TAGS in noun.relations:
        return _tags(noun)
    if name.startswith(CUSTOM) and "custom" in noun.columns and (customs is None or name in customs):
        if f"{noun.name}.custom" in viewer.denied:
            raise FieldForbidden(field=f"{noun.name}.custom", path=f"{noun.name}.custom")
        return _custom(noun, name)
    head, _, tail = name.partition(".")
    relation = noun.relations.get(head) if tail else None
    column = relation.target.columns.get(tail) if relation and not relation.many else noun.columns.get(name)
    if column is None or column.kind in ("custom",):
        raise BadColumn(field="columns", noun=noun.name, name=name[:60])
    if column.path in viewer.denied or (relation and relation.target.name in viewer.blind):
        raise FieldForbidden(field=column.path, path=column.path)
    return Cell(name, column, relation)


def _tags(noun: Noun) -> Cell:
    relation = noun.relations[TAGS]
    return Cell(TAGS, relation.target.columns["name"], relation)


def _custom(noun: Noun, name: str) -> Cell:
    return Cell(name, noun.columns["custom"], None, name.removeprefix(CUSTOM))


def _all(noun: Noun, viewer: Sees, customs: Sequence[str]) -> list[Cell]:
    own = [Cell(name, c) for name, c in noun.columns.items() if c.kind != "custom" and name not in ALWAYS_LEFT and c.path not in viewer.denied]
    beside: list[Cell] = []
    for name, relation in noun.relations.items():
        if relation.many or relation.target.name in viewer.blind:
            continue
        found = next((relation.target.columns[one] for one in BESIDE if one in relation.target.columns), None)
        if found and found.path not in viewer.denied:
            beside.append(Cell(f"{name}.{found.api}", found, relation))
    more = [_custom(noun, name) for name in customs if f"{noun.name}.custom" not in viewer.denied]
    return own + beside + more + ([_tags(noun)] if TAGS in noun.relations else [])


def selected(s: Statement, cell: Cell, t: str) -> str:
    """SQL of a cell over a row of the noun; of another record only where that one is visible."""
    column = cell.column
    if cell.relation is None:
        return _value(s, column, t)
    u = s.alias()
    source, joined = s.linked(cell.relation, f"{t}.{cell.relation.here}", u)
    if cell.relation.many:
        return f"ARRAY(SELECT {_value(s, column, u)} FROM {source} WHERE {joined} AND {u}.archived_at IS NULL ORDER BY 1)"
    return f"(SELECT {_value(s, column, u)} FROM {source} WHERE {joined} LIMIT 1)"


def _value(s: Statement, column: Column, t: str) -> str:
    if not s.see(column):
        return f"NULL::{column.cast}"
    if column.kind == "money":
        return f"jsonb_build_array({column.at(t)}, {column.currency.replace('{t}', t)})"
    return column.at(t)


def heading(noun: Noun, cell: Cell) -> str:
    """The noun's own id is headed so that an import of the file knows it again."""
    return f"Leadwell {noun.singular} id" if cell.name == "id" else cell.name


def shown(cell: Cell, value: Any) -> Any:
    """As the API shows it: opaque ids, moments and days in ISO 8601, money as text."""
    if value is None:
        return None
    column = cell.column
    if cell.key:
        return value.get(cell.key)
    if column.kind == "id":
        return encode_id(column.tag, value) if column.tag else str(value)
    if column.kind == "money":
        return _money(*value)
    if column.kind in ("moment", "date"):
        return value.isoformat()
    return value


def _money(minor: int | None, currency: str | None) -> str | None:
    """ "1200.50 EUR", which an import reads again."""
    return None if minor is None else f"{Decimal(minor).scaleb(-minor_digits(currency)):f} {currency or ''}".strip()
