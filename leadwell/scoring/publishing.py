"""Makes scoring models: draft, publish, and the rescoring of everybody that follows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import events, work
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import checked_version, locked
from leadwell.base.tx import Tx
from leadwell.scoring.own_fields import check
from leadwell.scoring.refusals import NameTaken, VersionFrozen
from leadwell.scoring.rules import Rules, Subject, parse, plain


async def create_model(tx: Tx, name: str, rules: Any, *, subject: Subject = "PERSON") -> tuple[UUID, UUID]:
    """A model with version 1 as a draft; the first of a subject is the workspace's default. Returns the ids of both. Refuses NameTaken, InvalidRules."""
    parsed, model, now = await check(tx, parse(rules, subject)), uuid7(), await tx.now()
    made = await tx.execute(
        "INSERT INTO scoring_models (workspace_id, id, name, subject, is_default, version, created_at, updated_at) SELECT $1, $2, $3, $5::text,"
        " NOT EXISTS (SELECT 1 FROM scoring_models m WHERE m.workspace_id = $1 AND m.subject = $5::text AND m.is_default), 1, $4, $4"
        " ON CONFLICT (workspace_id, name) DO NOTHING", tx.workspace, model, name, now, subject)
    if not made:
        raise NameTaken(field="name", name=name)
    version = await _insert(tx, model, 1, parsed)
    await events.note(tx, "scoringModel.created", "ScoringModel", model, version=1, data={"name": name})
    return model, version


async def draft(tx: Tx, model_id: UUID, rules: Any, *, expected_version: int | None = None) -> UUID:
    """Writes the rules of the model's draft, making one when there is none. Published versions stay as they are. Returns the version's id."""
    model = await locked(tx, "ScoringModel", "scoring_models", model_id, expected_version)
    parsed = await check(tx, parse(rules, model["subject"]))
    latest = await tx.row(
        "SELECT v.id, v.number, v.state, v.rules FROM scoring_versions v WHERE v.workspace_id = $1 AND v.model_id = $2 ORDER BY v.number DESC LIMIT 1",
        tx.workspace, model_id)
    if latest and latest["state"] == "DRAFT":
        id, number = latest["id"], latest["number"]
        await tx.execute("UPDATE scoring_versions SET rules = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'DRAFT'", tx.workspace, id, plain(parsed))
    else:
        number = latest["number"] + 1 if latest else 1
        id = await _insert(tx, model_id, number, parsed)
    changes = {"rules": [latest and latest["rules"], plain(parsed)]} if not latest or latest["rules"] != plain(parsed) else {}
    data = {"version_id": str(id), "number": number, "changes": events.told(changes)}
    await _touch(tx, model, "scoringModel.drafted", model["live_version_id"], data)
    return id


async def publish(tx: Tx, version_id: UUID, *, refire: bool = False, expected_version: int | None = None) -> UUID:
    """Freezes a draft as the live version, retires the one before and puts the rescoring of everybody in line. Publishing the live version again
    changes nothing. Thresholds crossed only because the rules changed are not told, unless `refire`. Returns the model's id."""
    model, version = await _held(tx, version_id)
    if version["state"] == "LIVE":
        return model["id"]
    checked_version(model, "ScoringModel", expected_version)
    if version["state"] != "DRAFT":
        raise VersionFrozen(field="versionId", number=version["number"], state=version["state"].lower())
    rules = await check(tx, parse(version["rules"], model["subject"]))
    retired = "UPDATE scoring_versions SET state = 'RETIRED' WHERE workspace_id = $1 AND model_id = $2 AND state = 'LIVE' RETURNING number"
    before = await tx.value(retired, tx.workspace, model["id"])
    await tx.execute(
        "UPDATE scoring_versions SET state = 'LIVE', published_at = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'DRAFT'",
        tx.workspace, version_id, await tx.now())
    crossings = "score_crossings" if model["subject"] == "PERSON" else "company_score_crossings"
    await tx.execute(
        f"DELETE FROM {crossings} WHERE workspace_id = $1 AND model_id = $2 AND threshold <> ALL($3::text[])",
        tx.workspace, model["id"], [t.name for t in rules.thresholds])
    data = {"version_id": str(version_id), "number": version["number"], "changes": {"number": [before, version["number"]]}}
    await _touch(tx, model, "scoringModel.published", version_id, data)
    await rescore_all(tx, model["id"], version_id, model["subject"], quiet=not refire)
    return model["id"]


async def rescore_all(tx: Tx, model_id: UUID, version_id: UUID, subject: Subject, *, quiet: bool) -> None:
    """Puts the rescoring of everybody, or of every company, in line; by version, so that one that is running cannot take the place of the next."""
    payload = {"model_id": str(model_id), "version_id": str(version_id), "after": None, "quiet": quiet}
    await work.put(tx, work.NewJob("score", "score.all" if subject == "PERSON" else "score.companies", payload, key=str(version_id), priority=1))


async def follow_field(tx: Tx, changed: Sequence[Any]) -> int:
    """Scores again under the models that ask for fields which were put away or brought back; returns how many models."""
    ids = [e["record_id"] for e in changed if "archived_at" in (e["data"].get("changes") or {})]
    fields = await tx.fetch("SELECT f.noun, f.key FROM custom_fields f WHERE f.workspace_id = $1 AND f.id = ANY($2::uuid[])", tx.workspace, ids) if ids else []
    names = {f"custom.{f['noun']}.{f['key']}" for f in fields}
    models = await tx.fetch(
        "SELECT m.id, m.subject, v.id AS version_id, v.rules FROM scoring_models m JOIN scoring_versions v ON v.workspace_id = $1 AND v.id = m.live_version_id"
        " WHERE m.workspace_id = $1 AND m.archived_at IS NULL", tx.workspace) if names else []
    asking = [m for m in models if names & parse(m["rules"], m["subject"]).named]
    for m in asking:
        await rescore_all(tx, m["id"], m["version_id"], m["subject"], quiet=True)
    return len(asking)


async def _held(tx: Tx, version_id: UUID) -> tuple[Any, Any]:
    """The model is locked before its version is read, so two publications take turns."""
    model_id = await tx.value("SELECT v.model_id FROM scoring_versions v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, version_id)
    if model_id is None:
        raise NotFound(field="versionId", noun="ScoringVersion")
    model = await locked(tx, "ScoringModel", "scoring_models", model_id)
    version = await tx.row("SELECT v.* FROM scoring_versions v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, version_id)
    return model, version


async def _insert(tx: Tx, model_id: UUID, number: int, rules: Rules) -> UUID:
    id = uuid7()
    await tx.execute(
        "INSERT INTO scoring_versions (workspace_id, id, model_id, number, state, rules, created_at) VALUES ($1, $2, $3, $4, 'DRAFT', $5, $6)",
        tx.workspace, id, model_id, number, plain(rules), await tx.now())
    return id


async def _touch(tx: Tx, model: Any, kind: str, live: UUID | None, data: dict[str, Any]) -> None:
    await tx.execute(
        "UPDATE scoring_models SET live_version_id = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        tx.workspace, model["id"], live, await tx.now())
    await events.note(tx, kind, "ScoringModel", model["id"], version=model["version"] + 1, data=data)
