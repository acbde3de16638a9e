"""Sets the order in which providers are believed: every change is a new version, the newest holds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal, StaleVersion
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Everything, matching_ids
from leadwell.enrichment.fields import FIELDS
from leadwell.enrichment.policy import Policy
from leadwell.enrichment.providers import LOCAL

MOST_STEPS, MOST_DAYS = 20, 3650


class BadPolicy(Refusal):
    """{problem}"""

    fix = "docs/guide/enrichment.md shows a policy."


async def set_policy(tx: Tx, rules: Any, expected_number: int | None = None) -> UUID:
    """A new version of the policy. BadPolicy with the place of what is wrong, BadFilter for a condition, StaleVersion."""
    policy = _read(rules)
    known = [*(provider.name for provider in LOCAL), *await _codes(tx)]
    await _check(tx, policy, known)
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('enrichment policy ' || $1::uuid::text, 0))", tx.workspace)
    before = await tx.row("SELECT e.number, e.rules FROM enrichment_policies e WHERE e.workspace_id = $1 ORDER BY e.number DESC LIMIT 1", tx.workspace)
    number: int = before["number"] if before else 0
    if expected_number is not None and expected_number != number:
        raise StaleVersion(noun="enrichment policy", expected=expected_number, current=number)
    id, after = uuid7(), msgspec.to_builtins(policy)
    await tx.execute(
        "INSERT INTO enrichment_policies (workspace_id, id, number, rules, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tx.workspace, id, number + 1, after, str(tx.actor), await tx.now())  # fmt: skip
    data = {"number": number + 1, "changes": events.told({"rules": [before and before["rules"], after]})}
    await events.note(tx, "enrichmentPolicy.set", "EnrichmentPolicy", id, version=number + 1, data=data)
    return id


def _read(rules: Any) -> Policy:
    try:
        policy = msgspec.convert(rules, Policy)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        raise BadPolicy(field=f"rules{place.strip('`').removeprefix('$')}", problem=f"{problem}.") from None
    if not 0 < policy.floor <= 1:
        raise BadPolicy(field="rules.floor", problem="`floor` is more than 0 and at most 1.")
    if policy.refresh_days is not None and not 1 <= policy.refresh_days <= MOST_DAYS:
        raise BadPolicy(field="rules.refreshDays", problem=f"`refreshDays` is from 1 to {MOST_DAYS}.")
    return policy


async def _check(tx: Tx, policy: Policy, known: Sequence[str]) -> None:
    for name, steps in policy.waterfall.items():
        place = f"rules.waterfall.{name[:60]}"
        if name not in FIELDS:
            raise BadPolicy(field=place, problem=f'There is no field "{name[:60]}".', fix=f"Use one of {', '.join(FIELDS)}.")
        if len(steps) > MOST_STEPS:
            raise BadPolicy(field=place, problem=f"A field has at most {MOST_STEPS} providers.")
        for i, step in enumerate(steps):
            if step.provider not in known:
                raise BadPolicy(field=f"{place}.{i}.provider", problem=f'There is no provider "{step.provider[:60]}".', fix=f"Use one of {', '.join(known)}.")
            if step.when is not None:
                await matching_ids(tx, CATALOG["Person"], step.when, Everything(tx.workspace), ids=[])


async def _codes(tx: Tx) -> list[str]:
    rows = await tx.fetch("SELECT e.code FROM enrichment_providers e WHERE e.workspace_id = $1 AND e.archived_at IS NULL ORDER BY e.code", tx.workspace)
    return [row["code"] for row in rows]
