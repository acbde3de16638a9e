"""The model a new workspace starts with: who fits a business seller, and what shows interest. Data like any other; the workspace edits it."""

from typing import Any

from leadwell.base.ids import uuid7
from leadwell.base.tx import Tx
from leadwell.scoring.rules import parse, plain


def _fit(id: str, label: str, group: str, points: int, *conditions: tuple[str, str, Any]) -> dict[str, Any]:
    when = [{"field": field, "op": op, "value": value} for field, op, value in conditions]
    return {"id": id, "label": label, "group": group, "points": points, "when": when}


def _felt(id: str, label: str, kind: str, points: int, half_life: int | None = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "label": label, "group": "interest", "kind": kind, "points": points, "halfLifeDays": half_life, "windowDays": 180, **more}


DEFAULT: dict[str, Any] = {
    "groups": [
        {"id": "role", "label": "Role", "part": "FIT", "max": 25, "min": -10},
        {"id": "company", "label": "Company", "part": "FIT", "max": 20, "min": -5},
        {"id": "reach", "label": "How to reach them", "part": "FIT", "max": 15, "min": -15},
        {"id": "interest", "label": "Interest", "part": "ENGAGEMENT", "max": 60, "min": -20},
    ],
    "fit": [
        _fit("decides", "Decides: owner, C-level or VP", "role", 20, ("seniority", "in", ["OWNER", "C_LEVEL", "VP"])),
        _fit("leads", "Leads: director, head or manager", "role", 12, ("seniority", "in", ["DIRECTOR", "HEAD", "MANAGER"])),
        _fit("senior", "Senior specialist", "role", 5, ("seniority", "eq", "SENIOR")),
        _fit("starts", "Intern or student", "role", -10, ("seniority", "eq", "INTERN")),
        _fit("buys", "Department that buys", "role", 5, ("department", "in", ["EXECUTIVE", "SALES", "MARKETING", "OPERATIONS", "IT", "PURCHASING"])),
        _fit("large", "200 people or more", "company", 15, ("employees", "gte", 200)),
        _fit("medium", "20 to 199 people", "company", 8, ("employees", "gte", 20), ("employees", "lte", 199)),
        _fit("named", "Company is known", "company", 5, ("companyName", "present", True)),
        _fit("business-mail", "Business e-mail address", "reach", 10, ("emailClass", "eq", "BUSINESS")),
        _fit("disposable-mail", "Disposable e-mail address", "reach", -15, ("emailClass", "eq", "DISPOSABLE")),
        _fit("phone", "Phone number", "reach", 5, ("phone", "present", True)),
        _fit("referred", "Came by referral or partner", "reach", 5, ("sourceChannel", "in", ["REFERRAL", "PARTNER"])),
    ],
    "engagement": [
        _felt("form", "Sent a form", "FORM", 20, 30, cap=40, perDay=2),
        _felt("reply", "Replied", "REPLY", 20, 30, cap=40, perDay=2),
        _felt("meeting", "Met", "MEETING", 25, 30, cap=50),
        _felt("call", "Called us", "CALL", 15, 30, cap=30, direction="INBOUND"),
        _felt("click", "Clicked a link", "CLICK", 5, 14, cap=15, perDay=2),
        _felt("open", "Opened a mail", "OPEN", 1, 14, cap=5, perDay=1),
        _felt("page", "Viewed a page", "PAGE_VIEW", 1, 14, cap=8, perDay=4),
        _felt("unsubscribed", "Unsubscribed", "UNSUBSCRIBE", -10, 30, cap=10),
        _felt("complained", "Complained about a mail", "COMPLAINT", -20, cap=20),
    ],
    "grades": {"by": "SCORE", "steps": [{"grade": "A", "at": 70}, {"grade": "B", "at": 50}, {"grade": "C", "at": 25}], "lowest": "D"},
    "thresholds": [{"name": "mql", "at": 50, "until": 40}],
}


async def defaults(tx: Tx) -> None:
    """Installs the default model, published, in a workspace that has no model. There is nobody to rescore yet."""
    if await tx.value("SELECT 1 FROM scoring_models m WHERE m.workspace_id = $1 LIMIT 1", tx.workspace):
        return
    model, version, now = uuid7(), uuid7(), await tx.now()
    await tx.execute(
        "INSERT INTO scoring_models (workspace_id, id, name, is_default, live_version_id, version, created_at, updated_at)"
        " VALUES ($1, $2, 'Lead score', true, $3, 1, $4, $4)", tx.workspace, model, version, now)
    await tx.execute(
        "INSERT INTO scoring_versions (workspace_id, id, model_id, number, state, rules, published_at, created_at)"
        " VALUES ($1, $2, $3, 1, 'LIVE', $4, $5, $5)", tx.workspace, version, model, plain(parse(DEFAULT)), now)
