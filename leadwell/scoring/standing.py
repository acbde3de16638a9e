"""Where a person stands under every model, and which model lists show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadwell import events, work
from leadwell.base.rows import locked
from leadwell.base.tx import Tx
from leadwell.scoring.explaining import person_of
from leadwell.scoring.refusals import NotScored

TABLES = {"PERSON": ("scores", "person_id"), "COMPANY": ("company_scores", "company_id")}


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's score under one published model, as last written; `next_at` is when time alone will change the grade or a threshold."""

    model_id: UUID
    name: str
    is_default: bool
    version: int
    score: int
    fit: int
    engagement: int
    grade: str
    as_of: datetime
    next_at: datetime | None
    crossed: Sequence[str]


async def standings(tx: Tx, id: UUID) -> list[Standing]:
    """The scores of a person (or the person of a lead or contact) under every published model, the default first. NotFound."""
    person = await person_of(tx, id)
    rows = await tx.fetch(
        "SELECT s.model_id, m.name, m.is_default, v.number AS version, s.score, s.fit, s.engagement, s.grade, s.as_of, s.next_at,"
        " ARRAY(SELECT x.threshold FROM score_crossings x WHERE x.workspace_id = $1 AND x.model_id = s.model_id AND x.person_id = $2 ORDER BY 1) AS crossed"
        " FROM scores s JOIN scoring_models m ON m.workspace_id = $1 AND m.id = s.model_id"
        " JOIN scoring_versions v ON v.workspace_id = $1 AND v.id = s.version_id"
        " WHERE s.workspace_id = $1 AND s.person_id = $2 AND m.archived_at IS NULL ORDER BY m.is_default DESC, m.name", tx.workspace, person)
    return [Standing(**r) for r in rows]


async def make_default(tx: Tx, model_id: UUID, *, expected_version: int | None = None) -> UUID:
    """Lists show this model's scores from now on, person by person as a worker gets to them. Returns the model's id. NotFound, StaleVersion, NotScored."""
    model = await locked(tx, "ScoringModel", "scoring_models", model_id, expected_version)
    if model["live_version_id"] is None:
        raise NotScored(field="id")
    if model["is_default"]:
        return model_id
    now = await tx.now()
    before = await tx.value(
        "UPDATE scoring_models SET is_default = false, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND subject = $2 AND is_default"
        " RETURNING id",
        tx.workspace, model["subject"], now)
    await tx.execute(
        "UPDATE scoring_models SET is_default = true, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, model_id, now)
    data = {"changes": {"is_default": [False, True]}, "instead_of": before}
    await events.note(tx, "scoringModel.shown", "ScoringModel", model_id, version=model["version"] + 1, data=data)
    payload = {"model_id": str(model_id), "subject": model["subject"], "after": None}
    await work.put(tx, work.NewJob("score", "score.default", payload, key=str(model_id), priority=work.BULK))
    return model_id


async def show_after(tx: Tx, model_id: UUID, subject: str, after: UUID | None, limit: int) -> UUID | None:
    """Lists show the model's scores of the next people or companies by id, if it is still the default; returns the id to go on after, None at the end."""
    table, key = TABLES[subject]
    if not await tx.value("SELECT 1 FROM scoring_models m WHERE m.workspace_id = $1 AND m.id = $2 AND m.is_default", tx.workspace, model_id):
        return None
    rows = await tx.fetch(
        f"SELECT DISTINCT s.{key} AS id FROM {table} s WHERE s.workspace_id = $1 AND s.{key} > $2 AND s.is_default <> (s.model_id = $3)"
        f" ORDER BY s.{key} LIMIT $4", tx.workspace, after or UUID(int=0), model_id, limit)
    ids = [r["id"] for r in rows]
    for shown in (False, True):   # the index of what lists show takes one of each
        await tx.execute(
            f"UPDATE {table} SET is_default = $4 WHERE workspace_id = $1 AND {key} = ANY($2::uuid[]) AND (model_id = $3) = $4 AND is_default <> $4",
            tx.workspace, ids, model_id, shown)
    return ids[-1] if len(ids) == limit else None
