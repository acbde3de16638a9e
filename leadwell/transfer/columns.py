"""What an export's columns are: fields of a noun and of the one record beside it ("owner.name"), as far as whoever asks may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from leadwell.base.identity.money import minor_digits
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.catalog import Column, FieldForbidden, Noun, Relation, Sees
from leadwell.catalog.statement import Statement

ALWAYS_LEFT = ("version", "archivedAt", "search", "snapshot", "companyMatch")
BESIDE = ("name", "email", "domain")
MOST = 200


class BadColumn(Refusal):
    """{noun} has no field "{name}" that could be exported."""

    fix = "Name a field of the noun, or one of a record beside it such as owner.name."


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of an export: its heading, its field, and the relation that leads there."""

    name: str
    column: Column
    relation: Relation | None = None


def cells(noun: Noun, names: Sequence[str], viewer: Sees) -> list[Cell]:
    """The columns named, or all that can be seen. BadColumn, FieldForbidden."""
    if len(names) > MOST:
        raise BadColumn(field="columns", noun=noun.name, name=names[MOST])
    return [_cell(noun, name, viewer) for name in names] if names else _all(noun, viewer)


def _cell(noun: Noun, name: str, viewer: Sees) -> Cell:
    head, _, tail = name.partition(".")
    relation = noun.relations.get(head) if tail else None
    column = relation.target.columns.get(tail) if relation and not relation.many else noun.columns.get(name)
    if column is None or column.kind in ("custom",):
        raise BadColumn(field="columns", noun=noun.name, name=name[:60])
    if column.path in viewer.denied or (relation and relation.target.name in viewer.blind):
        raise FieldForbidden(field=column.path, path=column.path)
    return Cell(name, column, relation)


def _all(noun: Noun, viewer: Sees) -> list[Cell]:
    own = [Cell(name, c) for name, c in noun.columns.items() if c.kind != "custom" and name not in ALWAYS_LEFT and c.path not in viewer.denied]
    beside: list[Cell] = []
    for name, relation in noun.relations.items():
        if relation.many or relation.target.name in viewer.blind:
            continue
        found = next((relation.target.columns[one] for one in BESIDE if one in relation.target.columns), None)
        if found and found.path not in viewer.denied:
            beside.append(Cell(f"{name}.{found.api}", found, relation))
    return own + beside


def selected(s: Statement, cell: Cell, t: str) -> str:
    """SQL of a cell over a row of the noun; of another record only where that one is visible."""
    column = cell.column
    if cell.relation is None:
        return _value(s, column, t)
    u = s.alias()
    source, joined = s.linked(cell.relation, f"{t}.{cell.relation.here}", u)
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
