"""Which fields an event says have changed, by their API names. Pure."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from leadwell.access.names import camel
from leadwell.access.sees import Sees
from leadwell.catalog import CATALOG


def changed(event: Mapping[str, Any], viewer: Sees) -> list[str]:
    """Without those the viewer may not see."""
    told = event["data"].get("changes") or event["data"].get("fields") or ()
    noun: str = event["noun"]
    if not isinstance(told, (list, dict)) or noun in viewer.blind:
        return []
    names = _names(noun)
    found = dict.fromkeys(names.get(str(name)) or camel(str(name)) for name in cast("list[Any]", told))
    return [name for name in found if f"{noun}.{name}" not in viewer.denied and f"{noun}.{name}Id" not in viewer.denied]


@cache
def _names(noun: str) -> Mapping[str, str]:
    """What a noun's columns are called in the API; keys of other records by the relation they stand for."""
    of = CATALOG.get(noun)
    if of is None:
        return {}
    columns = {c.sql.removeprefix("{t}."): c.api for c in of.columns.values() if not c.computed}
    return columns | {r.here: r.api for r in of.relations.values() if not r.many and r.here != "id"}
