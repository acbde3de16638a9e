"""What an input would write and which records it names, held against what its sender may write and see."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import strawberry

from api.lengths import BATCHES
from leadwell.access import Viewer
from leadwell.access.names import camel, nouns, plural
from leadwell.base.ids import BadId, decode_id
from leadwell.base.redirects import followed
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Noun, matching_ids
from leadwell.catalog.statement import Statement

# What is no field: how the change is asked for, and filters, whose fields are read and checked there.
ASKED = frozenset({"id", "idempotency_key", "expected_version", "expected_count", "where", "filter"})
Given = tuple[str, str, str, Any]


def check_fields(viewer: Viewer, noun: str, input: Any) -> None:
    """FieldNotYours for the first field given that is hidden from the viewer or only read by them. `noun` is the plural that permissions use."""
    model = nouns().get(plural(noun))
    if model is None or not (viewer.denied or viewer.fixed):
        return
    for name, field, at, _ in _given(model.__name__, input, ""):
        if at.rpartition(".")[2] not in ASKED:
            viewer.write(name, camel(field), at)


async def check_rows(tx: Tx, viewer: Viewer, input: Any) -> None:
    """NotFound for the first record that an input names by an id and that the viewer does not see, as if it did not exist. Entries of batches are left to
    their own verbs, which refuse one alone."""
    named: dict[str, dict[UUID, str]] = defaultdict(dict)
    rights = Statement(viewer)
    for _, field, at, value in _given("Lead", input, "", skipped=BATCHES) if viewer.own else ():
        for found, id in _ids(value) if field == "id" or field.endswith(("_id", "ids")) else ():
            if rights.scoped(found):
                named[found.name].setdefault(id, at)
    for noun, ids in named.items():
        today = await followed(tx, noun, list(ids))
        seen = set(await matching_ids(tx, CATALOG[noun], {}, viewer, ids=list(today.values())))
        for id, at in ids.items():
            if today.get(id, id) not in seen:
                raise NotFound(noun=CATALOG[noun].singular, **({} if at == "id" else {"field": at}))


def _given(noun: str, value: Any, at: str, skipped: frozenset[str] = frozenset()) -> Iterator[Given]:
    """Noun, field, path and value of each that is there; what stands below a relation belongs to its noun."""
    if isinstance(value, list):
        for i, one in enumerate(cast("list[Any]", value)):
            yield from _given(noun, one, f"{at}.{i}" if at else str(i))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            told = getattr(value, part.name)
            if told is None or told is strawberry.UNSET or part.name in skipped:
                continue
            name, here = camel(part.name), f"{at}.{part.name}" if at else part.name
            inner = cast("strawberry.Some[Any]", told).value if isinstance(told, strawberry.Some) else told
            yield noun, part.name, here, inner
            if part.name not in ASKED:
                relation = CATALOG[noun].relations.get(name)
                below = relation.target if relation else CATALOG.singulars.get(name) or CATALOG[noun]
                yield from _given(below.name, inner, here)


def _ids(value: Any) -> Iterator[tuple[Noun, UUID]]:
    """Records of the catalog; what is no id is left to whoever reads it."""
    for text in cast("list[Any]", value if isinstance(value, list) else [value]):
        try:
            tag, id = decode_id(str(text))
        except (BadId, UnicodeError):
            continue
        if noun := CATALOG.by_tag(tag):
            yield noun, id
