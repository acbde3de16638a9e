"""Where somebody is signed in, what ends that, and users who are shut out and let in again."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from starlette.applications import Starlette

from leadwell.access import CredentialRejected, Credentials, links, sessions, users
from leadwell.access.sessions import Client, shortened
from leadwell.access.tokens import digest
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests.doors.serving import PASSWORD, ask, asking, key_for, session_for

MINE = "{ viewer { sessions { id userAgent address createdAt seenAt expiresAt isCurrent } } }"
END = "mutation($i: EndSessionsInput!) { endSessions(input: $i) { ended userErrors { code field } } }"
ARCHIVE = "mutation($id: ID!) { archiveUser(input: {id: $id}) { user { name archivedAt } userErrors { code } } }"
UNARCHIVE = "mutation($id: ID!) { unarchiveUser(input: {id: $id}) { user { archivedAt } userErrors { code } } }"
EARLIER = """UPDATE sessions SET created_at = created_at - m, seen_at = seen_at - m, expires_at = expires_at - m, ends_at = ends_at - m
FROM make_interval(mins => $2) m WHERE token_hash = $1"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


async def alive(db: Database, token: str) -> bool:
    """Whether a session works, for a process that has not seen it lately."""
    try:
        return bool(await Credentials(db).viewer(token))
    except CredentialRejected:
        return False


async def a_member(db: Database, *places: UUID, role: str = "SALES") -> str:
    email = f"{uuid7().hex}@example.com"
    for place in places:
        await users.create_user(db, place, email=email, name="Ana", role=role, password=PASSWORD)
    return email


async def test_own_sessions_are_listed_and_ended_and_nobody_elses(app: Starlette, db: Database, workspace: UUID, other_workspace: UUID) -> None:
    email = await a_member(db, workspace, other_workspace)
    here, there = str(workspace), str(other_workspace)
    made = [await sessions.sign_in(db, email, PASSWORD, workspace=here, client=Client(a, FIREFOX)) for a in ("203.0.113.77", "2001:db8:1:2::9", "x")]
    elsewhere, (_, stranger) = await sessions.sign_in(db, email, PASSWORD, workspace=there), await session_for(db, workspace)
    async with asking(app, made[0].token) as client, asking(app, stranger) as other:
        listed = (await ask(client, MINE))["data"]["viewer"]["sessions"]
        assert {(s["address"], s["isCurrent"]) for s in listed} == {("203.0.113.0/24", True), ("2001:db8:1::/48", False), (None, False)}
        assert {s["userAgent"] for s in listed} == {FIREFOX}
        ends = {datetime.fromisoformat(s["expiresAt"]) - datetime.fromisoformat(s["createdAt"]) for s in listed}
        assert {round(e / timedelta(hours=1)) for e in ends} == {72}
        theirs = (await ask(other, MINE))["data"]["viewer"]["sessions"][0]["id"]
        second = next(s["id"] for s in listed if s["address"] == "2001:db8:1::/48")
        for ids, code in (([theirs], "NOT_FOUND"), ([second, theirs], "NOT_FOUND"), (["x"], "BAD_ID"), ([encode_id(7, uuid7())], "BAD_ID")):
            refused = (await ask(client, END, i={"ids": ids}))["data"]["endSessions"]
            assert (refused["ended"], refused["userErrors"][0]["code"]) == (0, code)
        assert [await alive(db, one.token) for one in made] == [True, True, True]
        assert (await ask(client, END, i={"ids": [second]}))["data"]["endSessions"] == {"ended": 1, "userErrors": []}
        assert [await alive(db, one.token) for one in made] == [True, False, True]
        assert (await ask(client, END, i={}))["data"]["endSessions"] == {"ended": 1, "userErrors": []}
    assert [await alive(db, one.token) for one in made] == [True, False, False]
    assert (await alive(db, elsewhere.token), await alive(db, stranger)) == (True, True)


async def test_key_has_no_sessions(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        assert (await ask(client, MINE))["data"]["viewer"]["sessions"] == []
        assert (await ask(client, END, i={}))["data"]["endSessions"]["userErrors"][0]["code"] == "FORBIDDEN"


async def test_session_ends_when_it_is_not_used_and_at_its_last_day_however_used(migrated: Servers, db: Database, workspace: UUID) -> None:
    email = await a_member(db, workspace)
    idle, used, old = [await sessions.sign_in(db, email, PASSWORD, client=Client(email, seconds=7200, idle=3600)) for _ in range(3)]
    assert used.seconds == 7200
    user = (await Credentials(db).viewer(used.token)).user

    async def pass_by(minutes: int, *tokens: str) -> None:
        """So many minutes ago for each, by the clock of the database."""
        for token in tokens:
            await as_owner(migrated, EARLIER, digest(token), minutes)

    await pass_by(50, idle.token, used.token, old.token)
    assert (await alive(db, used.token), await alive(db, old.token)) == (True, True)
    await pass_by(50, idle.token, used.token, old.token)
    assert (await alive(db, idle.token), await alive(db, used.token), await alive(db, old.token)) == (False, True, True)
    async with db.read(Actor.system(workspace)) as tx:
        assert user is not None
        assert len(await sessions.listed(tx, user, None)) == 2
    await pass_by(21, old.token)
    assert (await alive(db, used.token), await alive(db, old.token)) == (True, False), "two hours, however used"


async def as_owner(servers: Servers, sql: str, *args: Any) -> None:
    """As the owner of the schema: the application's login cannot touch control tables."""
    connection = await asyncpg.connect(servers.owner_database_url)
    try:
        assert await connection.execute(sql, *args) == "UPDATE 1"
    finally:
        await connection.close()


async def test_archived_user_is_out_everywhere_in_this_workspace_and_comes_back_with_the_same_role(
    app: Starlette, db: Database, workspace: UUID, other_workspace: UUID
) -> None:
    email = await a_member(db, workspace, other_workspace)
    user = await users.create_user(db, workspace, email=email, name="Ana")
    inside, elsewhere = [await sessions.sign_in(db, email, PASSWORD, workspace=str(w), client=Client(email)) for w in (workspace, other_workspace)]
    link, (_, owner) = await links.create_link(db, workspace, user), await session_for(db, workspace)
    id = encode_id(7, user)
    async with asking(app, owner) as client:
        for _ in range(2):
            gone = (await ask(client, ARCHIVE, id=id))["data"]["archiveUser"]
            assert (gone["user"]["name"], gone["user"]["archivedAt"] is None, gone["userErrors"]) == ("Ana", False, [])
        assert [u["name"] for u in (await ask(client, '{ users(where: {email: {eq: "' + email + '"}}) { nodes { name } } }'))["data"]["users"]["nodes"]] == []
        assert (await alive(db, inside.token), await alive(db, elsewhere.token)) == (False, True)
        assert (await client.post(f"/auth/link/{link}")).status_code == 410
        for _ in range(2):
            assert (await ask(client, UNARCHIVE, id=id))["data"]["unarchiveUser"] == {"user": {"archivedAt": None}, "userErrors": []}
    assert (await alive(db, inside.token), await alive(db, elsewhere.token)) == (False, True)
    back = await sessions.sign_in(db, email, PASSWORD, workspace=str(workspace), client=Client(email))
    assert (await Credentials(db).viewer(back.token)).role == "SALES"
    async with db.read(Actor.system(workspace)) as tx:
        noted = await tx.fetch("SELECT e.kind FROM events e WHERE e.workspace_id = $1 AND e.record_id = $2 ORDER BY e.id", tx.workspace, user)
    assert [row["kind"] for row in noted if "archived" in row["kind"]] == ["user.archived", "user.unarchived"]


async def test_last_owner_stays_and_nobody_shuts_out_who_may_do_more(app: Starlette, db: Database, workspace: UUID) -> None:
    owner, token = await session_for(db, workspace)
    grants = {"*": {"verbs": ["read"], "rows": "all"}, "users": {"verbs": ["read", "update"], "rows": "all"}}
    given = "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'MARKETER'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(given, tx.workspace, grants))
    _, marketer = await session_for(db, workspace, "MARKETER")
    for who, code in ((token, "LAST_OWNER"), (marketer, "ROLE_EXCEEDS_YOURS")):
        async with asking(app, who) as client:
            refused = (await ask(client, ARCHIVE, id=encode_id(7, owner)))["data"]["archiveUser"]
            assert (refused["user"], refused["userErrors"]) == (None, [{"code": code}])
    assert await alive(db, token)


async def test_two_owners_who_shut_each_other_out_at_once_leave_one(db: Database, workspace: UUID) -> None:
    both = [await users.create_user(db, workspace, email=f"{uuid7().hex}@example.com", name="Ana") for _ in range(2)]
    done = await asyncio.gather(*(db.run(Actor.system(workspace), lambda tx, one=one: users.archive(tx, one)) for one in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["LastOwner", "Revision"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"), ("::ffff:203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"), ("testclient", None), ("", None),
    ],
)  # fmt: skip
def test_address_is_kept_as_its_network(address: str, network: str | None) -> None:
    assert shortened(address) == network
