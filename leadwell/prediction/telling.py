"""Why a person's lead has its chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.scoring.explaining import person_of


@dataclass(frozen=True, slots=True)
class Because:
    """What a feature adds to the log-odds, in ten-thousandths; `value` None: it tells by being missing, or stands for two features."""

    feature: str
    value: Any
    weight: int


@dataclass(frozen=True, slots=True)
class Chance:
    """A chance as it is shown. `base` and the weights of `reasons` add up to exactly `log_odds` (ten-thousandths)."""

    person_id: UUID
    predictor_id: UUID
    percent: int
    as_of: datetime
    base: int
    log_odds: int
    reasons: Sequence[Because]


async def chance_of(tx: Tx, id: UUID) -> Chance:
    """The chance of a person (or the person of a lead or contact), what says most first. NotFound where there is none."""
    person = await person_of(tx, id)
    row = await tx.row(
        "SELECT p.predictor_id, p.percent, p.reasons, p.as_of FROM predictions p WHERE p.workspace_id = $1 AND p.person_id = $2", tx.workspace, person)
    if row is None:
        raise NotFound(field="id", noun="chance")
    why: Any = row["reasons"]
    reasons = sorted((Because(*part) for part in why["parts"]), key=lambda r: (-abs(r.weight), r.feature))
    return Chance(person, row["predictor_id"], row["percent"], row["as_of"], why["base"], why["logOdds"], reasons)
