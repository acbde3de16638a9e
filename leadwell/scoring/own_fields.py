"""The workspace's own fields in rules: that they exist, and what they held at a time."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import custom
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.scoring.fields import HOLDERS
from leadwell.scoring.rules import Condition, Rules, wrong

HOLDS: Mapping[str, type[Any]] = {"TEXT": str, "CHOICE": str, "INT": int, "FLOAT": int, "FLAG": bool}


async def check(tx: Tx, rules: Rules) -> Rules:
    """The same rules; InvalidRules when they ask for a field that is not there, was put away, or holds something else."""
    if not any(name.startswith("custom.") for name in rules.named):
        return rules
    rows = await tx.fetch("SELECT f.noun, f.key, f.type FROM custom_fields f WHERE f.workspace_id = $1 AND f.archived_at IS NULL", tx.workspace)
    known = {f"custom.{r['noun']}.{r['key']}": r["type"] for r in rows}
    for path, problem in _problems(rules, known):
        raise wrong(path, problem)
    return rules


def _problems(rules: Rules, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for i, rule in enumerate(rules.fit):
        for j, c in enumerate(rule.when):
            if c.field.startswith("custom.") and (problem := _unfit(c, known)):
                yield f"$.fit[{i}].when[{j}]", problem


def _unfit(c: Condition, known: Mapping[str, str]) -> str | None:
    type = known.get(c.field)
    if type is None:
        return f'there is no field "{c.field}" in use; those of the workspace are {", ".join(sorted(known)) or "none"}'
    if c.op == "present":
        return None
    first: Any = c.value[0] if isinstance(c.value, list) and c.value else c.value
    return None if HOLDS.get(type) is first.__class__ else f"{c.field} holds {type}, so {c.op} {first!r} can never be met"


async def held(tx: Tx, names: Collection[str], records: Mapping[str, UUID | None], at: datetime) -> dict[str, Any]:
    """What records (by alias: p, l, k, c) hold today in the fields rules name that were in use at a time, as "l.custom.key"."""
    nouns = [noun for noun in HOLDERS if any(name.startswith(f"custom.{noun}.") for name in names)]
    if not nouns:
        return {}
    rows = await tx.fetch(load(__name__, "own_values"), tx.workspace, nouns, [records.get(HOLDERS[noun]) for noun in nouns], at)
    return {f"{HOLDERS[r['noun']]}.custom.{r['key']}": custom.shown(r["type"], r["text_value"] or _number(r)) for r in rows}


def _number(row: Any) -> Any:
    return next((row[c] for c in ("int_value", "float_value", "time_value") if row[c] is not None), None)
