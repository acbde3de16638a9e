"""Settings of the workspace over GraphQL: who may change and read them, and what is refused."""

from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for, session_for

FIELDS = "version settings { individuals convertDeal repeatHandRaise captureExceptions }"
SEEN = f"{{ viewer {{ workspace {{ {FIELDS} }} }} }}"
CHANGED = f"""mutation($input: UpdateWorkspaceSettingsInput!) {{
  updateWorkspaceSettings(input: $input) {{ workspace {{ {FIELDS} }} replayed userErrors {{ code field }} }}
}}"""
DEFAULTS = {"version": 1, "settings": {"individuals": False, "convertDeal": "CREATE", "repeatHandRaise": "LEAD", "captureExceptions": []}}


async def seen(app: Starlette, token: str) -> Any:
    async with asking(app, token) as client:
        return (await ask(client, SEEN))["data"]["viewer"]["workspace"]


async def changed(app: Starlette, token: str, **input: Any) -> Any:
    async with asking(app, token) as client:
        return (await ask(client, CHANGED, input=input))["data"]["updateWorkspaceSettings"]


async def test_settings_are_changed_and_read_again_in_the_same_trip(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    assert await seen(app, token) == DEFAULTS
    answer = await changed(app, token, repeatHandRaise="TASK", captureExceptions=["@Acme.com"], expectedVersion=1)
    kept = {"version": 2, "settings": {"individuals": False, "convertDeal": "CREATE", "repeatHandRaise": "TASK", "captureExceptions": ["acme.com"]}}
    assert answer == {"workspace": kept, "replayed": False, "userErrors": []}
    assert await seen(app, token) == kept


async def test_same_key_changes_once(app: Starlette, db: Database, workspace: UUID) -> None:
    token = await key_for(db, workspace, "workspaces:*")
    assert (await changed(app, token, individuals=True, idempotencyKey="a"))["workspace"]["version"] == 2
    await changed(app, token, individuals=False)
    again = await changed(app, token, individuals=True, idempotencyKey="a")
    assert (again["replayed"], again["workspace"]["version"], again["workspace"]["settings"]["individuals"]) == (True, 3, False)


@pytest.mark.parametrize(("role", "allowed"), [
    ("OWNER", True), ("ADMIN", True), ("MANAGER", False), ("MARKETER", False), ("SALES", False), ("READ_ONLY", False),
])  # fmt: skip
async def test_only_administrators_may_change_settings(app: Starlette, db: Database, workspace: UUID, role: str, allowed: bool) -> None:
    _, token = await session_for(db, workspace, role)
    answer = await changed(app, token, individuals=True)
    assert answer["userErrors"] == ([] if allowed else [{"code": "FORBIDDEN", "field": None}])
    assert (answer["workspace"] is not None) is allowed
    assert (await seen(app, token))["settings"]["individuals"] is allowed


async def test_key_without_the_scope_neither_reads_nor_changes_settings(app: Starlette, db: Database, workspace: UUID) -> None:
    partner = await key_for(db, workspace, "leads:*")
    assert (await changed(app, partner, individuals=True))["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    assert await seen(app, partner) == {"version": 1, "settings": None}
    assert await seen(app, await key_for(db, workspace, "workspaces:read")) == DEFAULTS


@pytest.mark.parametrize(("input", "error"), [
    ({"captureExceptions": ["acme.com", "nowhere"]}, {"code": "BAD_SETTING", "field": ["captureExceptions", "1"]}),
    ({"captureExceptions": ["x" * 301]}, {"code": "TEXT_TOO_LONG", "field": ["captureExceptions", "0"]}),
    ({"expectedVersion": 7}, {"code": "STALE_VERSION", "field": None}),
])  # fmt: skip
async def test_refused_change_changes_nothing(app: Starlette, db: Database, workspace: UUID, input: dict[str, Any], error: Any) -> None:
    _, token = await session_for(db, workspace)
    assert await changed(app, token, individuals=True, **input) == {"workspace": None, "replayed": False, "userErrors": [error]}
    assert await seen(app, token) == DEFAULTS


@pytest.mark.parametrize("input", [{"repeatHandRaise": "NOBODY"}, {"individuals": "yes"}, {"individuals": None}, {"captureExceptions": None}, {"unknown": 1}])
async def test_value_the_schema_does_not_know_is_refused_before_anything_runs(
    app: Starlette, db: Database, workspace: UUID, input: dict[str, Any]
) -> None:  # fmt: skip
    _, token = await session_for(db, workspace)
    async with asking(app, token) as client:
        body = await ask(client, CHANGED, input=input)
    assert body["errors"]
    assert not body.get("data")
    assert await seen(app, token) == DEFAULTS
