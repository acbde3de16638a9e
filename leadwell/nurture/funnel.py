"""How far people come in a sequence and what its mail leads to, step by step and part by part, with how sure a difference is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.kinds.split import name_of, variants_of
from leadwell.nurture.shape import Step
from leadwell.nurture.steps import called
from leadwell.templates import Significance, significance

MEASURES = ("opened", "clicked", "replied", "goals")
COUNTS = ("sent", "delivered", "opened", "clicked", "replied", "exited", "goals")
STEPS = (
    "SELECT v.id, v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND ($3::int IS NULL OR v.number = $3) "
    "AND (v.state <> 'DRAFT' OR $3::int IS NOT NULL) ORDER BY v.number DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Part:
    """People in a part of a split; counts are of people. `against` compares each measure with the first part's."""

    name: str
    people: int
    counts: Mapping[str, int]
    against: Mapping[str, Significance]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step: how many came, stand there and left there; its mail is counted by mails."""

    step: str
    name: str
    kind: str
    entered: int
    standing: int
    counts: Mapping[str, int]
    parts: Sequence[Part]


async def funnel(tx: Tx, sequence_id: UUID, version: int | None = None) -> list[Stage]:
    """The steps of a version, or of the newest one published with people of all of them, in order. NotFound."""
    row = await tx.row(STEPS, tx.workspace, sequence_id, version)
    if row is None:
        if version is None and await tx.value("SELECT 1 FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id):
            return []
        raise NotFound(noun="sequence" if version is None else "version of the sequence")
    of = row["id"] if version is not None else None
    found = {one["step"]: dict(one) for one in await tx.fetch(load(__name__, "funnel"), tx.workspace, sequence_id, of)}
    splits = [str(step["id"]) for step in row["steps"] if step["kind"] == "SPLIT"]
    parts = await tx.fetch(load(__name__, "funnel_variants"), tx.workspace, sequence_id, of, splits) if splits else []
    told = [dict(one) for one in parts] + await _mails(tx, sequence_id, of, row["steps"])
    return [_stage(step, found.get(step["id"], {}), [one for one in told if one["step"] == step["id"]]) for step in row["steps"]]


async def _mails(tx: Tx, sequence_id: UUID, of: UUID | None, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The variants of e-mails, told by the templates that people got."""
    names = {(str(step["id"]), str(one.get("template_id"))): name_of(variants_of(step), i)
             for step in steps if step["kind"] == "EMAIL" for i, one in enumerate(variants_of(step))}
    rows = await tx.fetch(load(__name__, "funnel_mails"), tx.workspace, sequence_id, of, sorted({step for step, _ in names})) if names else []
    return [{**dict(one), "variant": names[one["step"], one["variant"]]} for one in rows if (one["step"], one["variant"]) in names]


def _stage(step: Step, row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Stage:
    counts = {name: int(row.get(name, 0)) for name in COUNTS}
    return Stage(
        str(step["id"]), called(step), str(step["kind"]), int(row.get("entered", 0)), int(row.get("standing", 0)), counts, _parts(step, parts))


def _parts(step: Step, rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The parts that the step has, in its order, and those that it once had."""
    variants, by_name = variants_of(step), {str(row["variant"]): row for row in rows}
    names = [name_of(variants, i) for i in range(len(variants))]
    ordered = [by_name[name] for name in [*names, *sorted(by_name.keys() - set(names))] if name in by_name]
    return [
        Part(str(row["variant"]), row["people"], {name: row[name] for name in COUNTS}, _against(ordered[0], row) if i else {}) for i, row in enumerate(ordered)
    ]  # fmt: skip


def _against(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Significance]:
    return {name: significance(first[name], first["people"], other[name], other["people"]) for name in MEASURES}
