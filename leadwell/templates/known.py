"""What a template may name: nouns and their facts, the workspace's own fields, snippets. Pure, but for asking which there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadwell.base.tx import Tx

FACTS: Mapping[str, frozenset[str]] = {
    "person": frozenset({
        "name", "first_name", "last_name", "prefix", "email", "phone", "title", "department", "seniority", "language", "time_zone", "city", "region", "country",
        "visitor"}),
    "lead": frozenset({"title", "company_name", "need", "interest"}),
    "contact": frozenset({"title"}),
    "company": frozenset({"name", "domain", "industry", "website", "city", "country", "employees"}),
    "owner": frozenset({"name", "email"}),
    "sender": frozenset({"name", "address"}),
    "workspace": frozenset({"name"}),
    "topic": frozenset({"name"}),
}  # fmt: skip
LINKS = frozenset({"unsubscribe_url"})
OWN = {"Person": "person", "Lead": "lead", "Contact": "contact", "Company": "company"}
CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Known:
    """The keys of the workspace's own fields, by what a template calls their noun. Nothing known: any key is believed."""

    custom: Mapping[str, frozenset[str]] | None = None
    extra: frozenset[str] = field(default=frozenset())

    def has(self, path: list[Any]) -> bool:
        if len(path) == 1:
            return path[0] in LINKS or path[0] in FACTS or path[0] in self.extra
        if len(path) == 3 and path[1] == CUSTOM and path[0] in OWN.values():
            return self.custom is None or path[2] in self.custom.get(str(path[0]), ())
        return len(path) == 2 and (path[1] in FACTS.get(str(path[0]), ()) or (path[1] == CUSTOM and path[0] in OWN.values()))

    def every(self) -> list[str]:
        """All names, to find the nearest among them."""
        own = [f"{noun}.{CUSTOM}.{key}" for noun, keys in (self.custom or {}).items() for key in keys]
        return [f"{noun}.{fact}" for noun, facts in FACTS.items() for fact in facts] + own + sorted(LINKS | self.extra)


async def known(tx: Tx) -> Known:
    """What there is in the workspace."""
    rows = await tx.fetch("SELECT f.noun, f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.archived_at IS NULL", tx.workspace)
    found: dict[str, set[str]] = {}
    for row in rows:
        if row["noun"] in OWN:
            found.setdefault(OWN[row["noun"]], set()).add(row["key"])
    return Known({noun: frozenset(keys) for noun, keys in found.items()})
