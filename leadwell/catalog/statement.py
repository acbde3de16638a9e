"""One SQL statement in the making: its parameters, and the permissions of whoever reads.

`$1` is always the workspace. Every other parameter, the viewer's id and the business time included, gets its number
when it is first used, because PostgreSQL refuses parameters that a statement does not mention.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from leadwell.access.sees import TEAM, Reach, Sees, reach
from leadwell.base.refusals import Forbidden
from leadwell.catalog.nouns import Column, Noun, Relation
from leadwell.catalog.refusals import FieldForbidden, Path


class Given(NamedTuple):
    """What a request brings: the values parameters are picked from, the business time if needed, and who asks, if not whom the statement was written for."""

    values: Any
    now: datetime | None = None
    viewer: Sees | None = None


Binder = Callable[[Given], Any]


class Custom(NamedTuple):
    """A custom field that a filter names: by which key, where that stands, for which tests, and the SQL that tells whether there is one."""

    noun: str
    test: str
    at: Path
    key: Binder
    exists: str


@dataclass
class Statement:
    """Collects parameters as functions of the request, so that one text serves every request of the same shape."""

    viewer: Sees
    binders: list[Binder] = field(default_factory=list[Binder])
    clocked: bool = False
    inline: bool = False  # asks for the business time where it is used, not before
    scalar: str = "to_json"  # what makes a value JSON
    customs: list[Custom] = field(default_factory=list[Custom])
    _named: dict[str, str] = field(default_factory=dict[str, str])
    _aliases: int = 0

    def __post_init__(self) -> None:
        self.binders.append(lambda given: (given.viewer or self.viewer).workspace)

    def bind(self, binder: Binder, cast: str) -> str:
        self.binders.append(binder)
        return f"${len(self.binders)}::{cast}"

    def value(self, name: str, cast: str) -> str:
        """A parameter taken as it is from the request's values; once bound, the same number serves again."""
        return self._once(name, lambda given: given.values[name], cast)

    def holders(self, far: Reach) -> str:
        """The users whose rows are within reach, as an array; NULL: everybody."""
        if far != "team":
            return "NULL::uuid[]" if far == "all" else f"ARRAY[{self.holder()}]"
        return TEAM.format(holder=self.holder(), team=self._once(" team", lambda given: (given.viewer or self.viewer).team_id, "uuid"))

    def holder(self) -> str:
        return self._once(" holder", lambda given: (given.viewer or self.viewer).holder, "uuid")

    def now(self) -> str:
        if self.inline:
            return "(SELECT lw_clock($1))"
        self.clocked = True
        return self._once(" now", lambda given: given.now, "timestamptz")

    def _once(self, name: str, binder: Binder, cast: str) -> str:
        if name not in self._named:
            self._named[name] = self.bind(binder, cast)
        return self._named[name]

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def see(self, column: Column) -> bool:
        return column.path not in self.viewer.denied

    def need(self, column: Column) -> Column:
        """Filtering or sorting by a field reads it, so it needs the same permission."""
        if not self.see(column):
            raise FieldForbidden(field=column.path, path=column.path)
        return column

    def reads(self, noun: Noun) -> bool:
        """May the viewer read the noun: by its own name, its parent's, or that of a noun it explains."""
        names = [noun.name, *([noun.parent[0].name] if noun.parent else ()), *noun.model.read_with]
        return any(self.viewer.may(name, "read") for name in names)

    def read(self, noun: Noun) -> None:
        if not self.reads(noun):
            raise Forbidden(verb="read", noun=noun.name)

    def scope(self, noun: Noun, t: str) -> str:
        """Row permission, beside the workspace wherever a noun's table appears."""
        self.read(noun)
        mine = self._mine(noun, t, reach(self.viewer, noun.name))
        return f" AND {mine}" if mine else ""

    def _mine(self, noun: Noun, t: str, far: Reach) -> str:
        """Parts of a scoped noun are scoped with it; a scoped noun that nobody owns shows no rows."""
        if noun.parent:
            parent, key = noun.parent
            u = self.alias()
            inner = self._mine(parent, u, reach(self.viewer, parent.name, far))
            if not inner:
                return ""
            found = f"{u}.workspace_id = $1 AND {u}.id = {t}.{key} AND {inner}"
            return f"EXISTS (SELECT 1 FROM {parent.table} {u} WHERE {found})"
        if far == "all":
            return ""
        return noun.mine(t, f"= {self.holder()}" if far == "own" else f"= ANY ({self.holders(far)})") if noun.model.owned_by else "false"

    def scoped(self, noun: Noun) -> bool:
        """Whether some rows of a noun are hidden from the viewer."""
        return noun.name in self.viewer.own or bool(noun.parent and self.scoped(noun.parent[0]))

    def rows(self, noun: Noun, t: str) -> str:
        """The condition under which a row of a noun's table is visible at all."""
        return f"{t}.workspace_id = $1{self.scope(noun, t)}"

    def linked(self, relation: Relation, key: str, t: str) -> tuple[str, str]:
        """FROM and WHERE of the rows a relation leads to."""
        link = self.alias() if relation.through else ""
        return relation.source(t, link), relation.join(key, t, link) + self.scope(relation.target, t)

    def mark(self) -> tuple[int, dict[str, str]]:
        """A place to come back to when what is written next turns out not to be wanted."""
        return len(self.binders), dict(self._named)

    def back_to(self, mark: tuple[int, dict[str, str]]) -> None:
        del self.binders[mark[0] :]
        self._named = mark[1]
        self.customs.clear()

    def guarded(self, sql: str) -> str:
        """NULL where a custom field named since the last time is none."""
        tests = " AND ".join(dict.fromkeys(c.exists for c in self.customs))
        self.customs.clear()
        return f"CASE WHEN {tests} THEN {sql} END" if tests else sql

    def params(self, given: Given) -> list[Any]:
        return [binder(given) for binder in self.binders]
