"""Nouns as grants write them ("leads") and as the catalog does ("Lead"), and which fields a permission covers."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, cast

from models.columns import Computed, Contract, MoneyPair, Tenant
from models.registry import PUBLIC


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda m: m[1].upper(), name.strip("_"))


@cache
def nouns() -> dict[str, type[Tenant]]:
    """Every public noun by the plural that grants and scopes use."""
    return {camel(str(m._meta.db_table)): m for m in PUBLIC}  # pyright: ignore[reportPrivateUsage]


@cache
def plural(noun: str) -> str:
    """The plural of "Lead"; a plural, or a name of no table such as apiKeys, is itself."""
    return next((name for name, model in nouns().items() if model.__name__ == noun), noun)


@lru_cache(10_000)
def hidden(noun: str, name: str) -> frozenset[str]:
    """Paths such as "Lead.email" behind a field's own name or behind a permission such as contact_data; "*" is every field but the id."""
    found = ((field, c) for field, c in _contracts(nouns()[noun]) if name in (field, camel(field), c.see) or (name == "*" and field != "id"))
    return frozenset(f"{nouns()[noun].__name__}.{camel(field)}" for field, _ in found)


@cache
def raw() -> frozenset[str]:
    """What keeps records as they came, left or were: personal, and no field to filter by. Whoever is denied a field of theirs could find it there."""
    return frozenset(f"{m.__name__}.{camel(field)}" for m in nouns().values() for field, c in _contracts(m) if c.see and not c.where)


def _contracts(model: type[Tenant]) -> Iterator[tuple[str, Contract]]:
    fields = cast("dict[str, Any]", model._meta.fields_map)  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
    for name, field in fields.items():
        if contract := getattr(field, "contract", None):
            yield name, contract
    for name, value in vars(model).items():
        if isinstance(value, (Computed, MoneyPair)):
            yield name, value.contract
