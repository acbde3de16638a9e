"""What a filter names besides fields: segments, and the workspace's own fields. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from leadwell.base.ids import BadId, decode_id
from leadwell.catalog import CATALOG, Noun
from leadwell.catalog.predicate import All, AnyOf, CustomTest, Not, Predicate, Related, Test, parse, pick
from leadwell.segments.refusals import BadSegment

NOUNS = ("Person", "Lead", "Contact", "Company")


@dataclass(frozen=True, slots=True)
class Names:
    """`segments`: those it is made of; `custom`: fields as "Lead.budget_code"."""

    segments: frozenset[UUID]
    custom: frozenset[str]


def names_in(noun: str, where: Mapping[str, Any]) -> Names:
    """BadFilter; BadSegment where it asks for segments otherwise than by id, because then nobody could tell which it is made of."""
    found = list(_walk(parse(CATALOG[noun], where), CATALOG[noun], {"where": where}))
    return Names(frozenset(x for x in found if isinstance(x, UUID)), frozenset(x for x in found if isinstance(x, str)))


def _walk(p: Predicate, noun: Noun, values: Mapping[str, Any]) -> Iterator[UUID | str]:
    match p:
        case All(of) | AnyOf(of):
            for one in of:
                yield from _walk(one, noun, values)
        case Not(of):
            yield from _walk(of, noun, values)
        case Related(relation, _, of):
            if relation.target.name == "Segment":
                yield from _ids(of, values)
            else:
                yield from _walk(of, relation.target, values)
        case CustomTest():
            yield f"{p.noun.name}.{pick(values, p.key_at)}"
        case _:
            return


def _ids(of: Predicate, values: Mapping[str, Any]) -> Iterator[UUID]:
    match of:
        case All((Test(column, "eq" | "in") as test,)) if column.api == "id":
            given = pick(values, test.at)
            for id in cast("list[object]", given) if isinstance(given, list) else [given]:
                yield _read(id)
        case _:
            fix = 'Write {"segments": {"some": {"id": {"eq": "…"}}}}.'
            raise BadSegment(field="where", why="it asks for other segments by something else than their id", fix=fix)


def _read(id: object) -> UUID:
    try:
        return id if isinstance(id, UUID) else decode_id(str(id), CATALOG["Segment"].tag)[1]
    except (BadId, UnicodeError):
        raise BadSegment(field="where", why=f"{str(id)[:60]} is no id of a segment") from None
