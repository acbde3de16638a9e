"""What a workspace weighs evidence with: its own weights and thresholds, or those that ship."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, checked_version, revise
from leadwell.base.tx import Tx
from leadwell.dedupe.comparison import Terms
from leadwell.dedupe.nouns import NOUNS, Compared
from leadwell.dedupe.scale import Scale
from leadwell.dedupe.spec import Weights, defaults
from leadwell.dedupe.verdict import Thresholds

UNCOUNTED = 10_000      # records a workspace is taken to have until a sweep has counted them
CACHED = 64
UNASKED = -1
LINK, REVIEW = Thresholds().link, Thresholds().review


class BadThreshold(Refusal):
    """The thresholds must be above 0 and at most 1, and that for asking not above that for linking."""

    fix = "Give probabilities such as 0.99 for linking and 0.6 for asking."


@dataclass(frozen=True, slots=True)
class Model:
    """`id` None: nothing of its own yet."""

    id: UUID | None
    version: int
    weights: Weights
    thresholds: Thresholds
    scale: Scale


_known: dict[tuple[UUID, str, int], Model] = {}


async def model(tx: Tx, of: Compared, version: int | None = UNASKED) -> Model:
    """What this workspace weighs with now. `version`: that of its row, None if it has none, where the caller has asked already."""
    if version == UNASKED:
        version = await tx.value("SELECT m.version FROM match_models m WHERE m.workspace_id = $1 AND m.noun = $2", tx.workspace, of.code)
    if version is None:
        return SHIPPED[of.code]
    place = (tx.workspace, of.code, int(version))
    found = _known.get(place)
    if found is None:
        row = await tx.row("SELECT m.* FROM match_models m WHERE m.workspace_id = $1 AND m.noun = $2", tx.workspace, of.code)
        assert row is not None
        found = _read(of, dict(row))
        if len(_known) >= CACHED:
            _known.clear()
        _known[tx.workspace, of.code, found.version] = found
    return found


def _read(of: Compared, row: Mapping[str, Any]) -> Model:
    records = max(int(row["records"]), 1_000)
    terms = {name: Terms(shares, 0.5 / records if shares else 1e-4) for name, shares in row["terms"].items()}
    shipped = defaults(of.spec, row["records"] or UNCOUNTED, terms)
    learnt: Mapping[str, Any] = row["odds"] or {}
    odds = {f.name: _odds(learnt.get(f.name), f.comparison.levels) or shipped.odds[f.name] for f in of.spec.fields}
    weights = Weights(row["prior"] or shipped.prior, odds, terms)
    return Model(row["id"], row["version"], weights, Thresholds(row["link_from"], row["review_from"]), Scale(of.spec, weights))


def _shipped(of: Compared) -> Model:
    weights = defaults(of.spec, UNCOUNTED)
    return Model(None, 0, weights, Thresholds(), Scale(of.spec, weights))


SHIPPED = {of.code: _shipped(of) for of in NOUNS}


def _odds(learnt: Any, levels: tuple[str, ...]) -> Any:
    """Weights learnt by a release that told other levels apart are of no use."""
    return learnt if learnt and len(learnt) == len(levels) else None


async def own(tx: Tx, of: Compared) -> dict[str, Any]:
    """The workspace's own row, made as shipped if it is not there, locked."""
    await tx.execute(
        "INSERT INTO match_models (workspace_id, id, noun, link_from, review_from, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)"
        " ON CONFLICT (workspace_id, noun) DO NOTHING", tx.workspace, uuid7(), of.code, LINK, REVIEW, await tx.now())
    row = await tx.row("SELECT m.* FROM match_models m WHERE m.workspace_id = $1 AND m.noun = $2 FOR UPDATE", tx.workspace, of.code)
    assert row is not None
    return dict(row)


async def set_thresholds(
    tx: Tx, code: str, *, link_from: float | None = None, review_from: float | None = None, expected_version: int | None = None
) -> tuple[UUID, Revision]:
    """From which probabilities on records of a noun are linked and asked about; None stays. BadThreshold, StaleVersion."""
    row = await own(tx, _noun(code))
    checked_version(row, "match model", expected_version)
    values = {"link_from": row["link_from"] if link_from is None else link_from, "review_from": row["review_from"] if review_from is None else review_from}
    if not 0 < values["review_from"] <= values["link_from"] <= 1:
        raise BadThreshold(field="review_from" if link_from is None else "link_from")
    done = await revise(tx, "match model", "match_models", row, values)
    await events.revised(tx, "matchModel.updated", "MatchModel", row["id"], done)
    return row["id"], done


def _noun(code: str) -> Compared:
    return next(of for of in NOUNS if of.code == code)
