"""Invitations and new passwords by mail, through the doors: one-time links that only the mailbox gets, and nobody who is told more than they may know."""

import asyncio
import quopri
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from leadwell import accounts
from leadwell.access import sessions, users
from leadwell.access.refusals import WrongPassword
from leadwell.access.sessions import Client
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.doors.serving import COOKIE, HOST, PASSWORD, ask, asking, session_for
from tests.mailing import post

INVITE = "mutation($i: InviteUserInput!) { inviteUser(input: $i) { invitation { id email name role team { name } acceptedAt } userErrors { code field } } }"
RESEND = "mutation($id: ID!) { resendInvitation(input: {id: $id}) { invitation { id } userErrors { code } } }"
REVOKE = "mutation($id: ID!) { revokeInvitation(input: {id: $id}) { invitation { revokedAt } userErrors { code } } }"
ME = "{ viewer { name role user { email team { name } } } }"


def address() -> str:
    return f"{uuid7().hex}@example.com"


async def token_of(db: Database, workspace: UUID, tmp_path: Path, kind: str = "welcome") -> str:
    """The token in the mail that was written last, as its reader gets it."""
    async with post(db, workspace, tmp_path) as office:
        await office.run("deliver")
        mails = office.server.mailbox.list(limit=10)
        assert len(mails) == 1
        text = quopri.decodestring(office.server.mailbox.raw(mails[0].id)).decode()
    return re.findall(rf"/{kind}/(lw[ir]_[\w-]+)", text)[-1]


async def past(db: Database, workspace: UUID, interval: str = "2 minutes") -> None:
    """Invitations were sent that much earlier."""
    sql = f"UPDATE invitations SET sent_at = sent_at - interval '{interval}', expires_at = expires_at - interval '{interval}' WHERE workspace_id = $1"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(sql, tx.workspace))


async def chosen(app: Starlette, path: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    async with asking(app) as client:
        return await client.post(path, data={"password": password}, headers={"origin": HOST} | headers)


async def me(app: Starlette, answer: httpx.Response) -> Any:
    token = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    async with asking(app, token) as client:
        return (await ask(client, ME))["data"]["viewer"]


async def member(db: Database, workspace: UUID, email: str) -> bool:
    async with db.read(Actor.system(workspace)) as tx:
        return await tx.value("SELECT EXISTS (SELECT FROM users u WHERE u.workspace_id = $1 AND u.email = $2)", tx.workspace, email)


async def test_invited_somebody_becomes_a_user_by_the_link_in_their_mail(app: Starlette, db: Database, workspace: UUID, tmp_path: Path) -> None:
    _, owner = await session_for(db, workspace)
    team = await db.run(Actor.system(workspace), lambda tx: _team(tx))
    email = address()
    async with asking(app, owner) as client:
        given = {"email": email.upper(), "name": "Ben {{ x }} <b>", "role": "SALES", "teamId": team, "idempotencyKey": "once"}
        made = [(await ask(client, INVITE, i=given))["data"]["inviteUser"] for _ in range(2)]
        assert made[0] == made[1] == {"invitation": {
            "id": made[0]["invitation"]["id"], "email": email, "name": "Ben {{ x }} <b>", "role": "SALES", "team": {"name": "North"}, "acceptedAt": None,
        }, "userErrors": []}  # fmt: skip
    assert not await member(db, workspace, email)
    token = await token_of(db, workspace, tmp_path)
    async with asking(app) as client:
        for _ in range(2):
            seen = await client.get(f"/welcome/{token}")
        assert (seen.status_code, "Ana invites you to Test" in seen.text, "Ben {{ x }} &lt;b&gt;" in seen.text, 'autocomplete="new-password"' in seen.text) == (
            200, True, True, True)  # fmt: skip
        assert (await client.post(f"/welcome/{token}", data={"password": PASSWORD}, headers={"origin": "https://evil.example"})).status_code == 403
    weak = await chosen(app, f"/welcome/{token}", "short")
    assert (weak.status_code, 'role="alert"' in weak.text, COOKIE in str(weak.headers)) == (422, True, False)
    assert not await member(db, workspace, email)
    answer = await chosen(app, f"/welcome/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await me(app, answer) == {"name": "Ben {{ x }} <b>", "role": "SALES", "user": {"email": email, "team": {"name": "North"}}}
    assert ((await chosen(app, f"/welcome/{token}")).status_code, (await sessions.sign_in(db, email, PASSWORD)).workspace) == (410, workspace)
    async with asking(app, owner) as client:
        assert [i["acceptedAt"] is None for i in (await ask(client, "{ invitations { acceptedAt } }"))["data"]["invitations"]] == [False]
        refused = (await ask(client, INVITE, i={"email": email, "name": "Ben"}))["data"]["inviteUser"]
        assert refused == {"invitation": None, "userErrors": [{"code": "ALREADY_HERE", "field": ["email"]}]}
        assert (await ask(client, REVOKE, id=made[0]["invitation"]["id"]))["data"]["revokeInvitation"]["invitation"] == {"revokedAt": None}


async def _team(tx: Any) -> str:
    from leadwell.base.ids import encode_id

    id = uuid7()
    await make.insert(tx, "teams", id=id, name="North", **await make.stamps(tx))
    return encode_id(38, id)


async def test_sent_again_only_the_last_link_works_and_revoked_none(app: Starlette, db: Database, workspace: UUID, tmp_path: Path) -> None:
    _, owner = await session_for(db, workspace)
    email = address()
    async with asking(app, owner) as client:
        id = (await ask(client, INVITE, i={"email": email, "name": "Ben"}))["data"]["inviteUser"]["invitation"]["id"]
        first = await token_of(db, workspace, tmp_path / "1")
        assert (await ask(client, RESEND, id=id))["data"]["resendInvitation"]["userErrors"] == [{"code": "INVITED_JUST_NOW"}]
        assert (await accounts.invited(db, first)).email == email
        await past(db, workspace)
        again = (await ask(client, INVITE, i={"email": email, "name": "Benjamin", "role": "READ_ONLY"}))["data"]["inviteUser"]["invitation"]
        assert (again["id"], again["name"], again["role"]) == (id, "Benjamin", "READ_ONLY")
        second = await token_of(db, workspace, tmp_path / "2")
        await past(db, workspace)
        assert (await ask(client, RESEND, id=id))["data"]["resendInvitation"]["invitation"] == {"id": id}
        third = await token_of(db, workspace, tmp_path / "3")
        for dead in (first, second, third + "x", "lwi_x", "x"):
            assert (await chosen(app, f"/welcome/{dead}")).status_code == 410
        assert (await accounts.invited(db, third)).role == "Read only"
        for _ in range(2):
            assert (await ask(client, REVOKE, id=id))["data"]["revokeInvitation"]["userErrors"] == []
        assert (await chosen(app, f"/welcome/{third}")).status_code == 410
        assert (await ask(client, RESEND, id=id))["data"]["resendInvitation"]["userErrors"] == [{"code": "NOT_FOUND"}]
    assert not await member(db, workspace, email)


async def test_link_ends_after_seven_days(db: Database, app: Starlette, workspace: UUID, tmp_path: Path) -> None:
    await db.run(Actor.system(workspace), lambda tx: accounts.invite(tx, accounts.Invitee(address(), "Ben", "SALES"), app.state.kit.settings))
    token = await token_of(db, workspace, tmp_path)
    await past(db, workspace, "6 days 23 hours")
    assert (await accounts.invited(db, token)).name == "Ben"
    await past(db, workspace, "2 hours")
    assert (await chosen(app, f"/welcome/{token}")).status_code == 410


async def test_nobody_hands_on_more_than_they_may_do_at_the_time_it_is_taken(app: Starlette, db: Database, workspace: UUID, tmp_path: Path) -> None:
    grants = {"*": {"verbs": ["read"], "rows": "all"}, "users": {"verbs": ["read", "invite"], "rows": "all"}}
    sql = "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'MARKETER'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(sql, tx.workspace, grants))
    user, token = await session_for(db, workspace, "MARKETER")
    async with asking(app, token) as client:
        for role, code in (("OWNER", "ROLE_EXCEEDS_YOURS"), ("SALES", "ROLE_EXCEEDS_YOURS"), ("KING", "ROLE_UNKNOWN")):
            refused = (await ask(client, INVITE, i={"email": address(), "name": "x", "role": role}))["data"]["inviteUser"]
            assert refused == {"invitation": None, "userErrors": [{"code": code, "field": ["role"]}]}
        made = (await ask(client, INVITE, i={"email": address(), "name": "Ben", "role": "READ_ONLY"}))["data"]["inviteUser"]
        assert made["userErrors"] == []
    link = await token_of(db, workspace, tmp_path)
    wider = "UPDATE roles SET grants = '{\"*\": {\"verbs\": [\"*\"], \"rows\": \"all\"}}' WHERE workspace_id = $1 AND code = 'READ_ONLY'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(wider, tx.workspace))
    assert (await chosen(app, f"/welcome/{link}")).status_code == 410, "the role may do more meanwhile than who gave it"
    assert (await accounts_of(db, workspace), user != workspace) == (1, True)


async def accounts_of(db: Database, workspace: UUID) -> int:
    async with db.read(Actor.system(workspace)) as tx:
        return await tx.value("SELECT count(*) FROM users u WHERE u.workspace_id = $1", tx.workspace)


@pytest.mark.parametrize("proved", [True, False])
async def test_address_known_elsewhere_is_told_to_its_owner_alone(
    app: Starlette, db: Database, workspace: UUID, other_workspace: UUID, tmp_path: Path, proved: bool
) -> None:
    email = address()
    there = await users.create_user(db, other_workspace, email=email, name="Ben", role="OWNER", password="the old password")
    if proved:
        await db.run(Actor.system(other_workspace), lambda tx: tx.execute(
            "SELECT lw_prove_login($1, (SELECT u.login_id FROM users u WHERE u.workspace_id = $1 AND u.id = $2), NULL)", tx.workspace, there))
        await users.set_password(db, email, "the old password")
    old = await sessions.sign_in(db, email, "the old password")
    _, owner = await session_for(db, workspace)
    async with asking(app, owner) as client:
        known, strange = [(await ask(client, INVITE, i={"email": e, "name": "Ben"}))["data"]["inviteUser"] for e in (email, address())]
    assert (known["userErrors"], {**known["invitation"], "id": 0, "email": 0}) == ([], {**strange["invitation"], "id": 0, "email": 0})
    async with post(db, workspace, tmp_path) as office:
        await office.run("deliver")
        texts = [quopri.decodestring(office.server.mailbox.raw(m.id)).decode() for m in office.server.mailbox.list(limit=9) if email in m.recipients]
    token = re.findall(r"/welcome/(lwi_[\w-]+)", texts[0])[0]
    wrong = await chosen(app, f"/welcome/{token}", "a password of mine")
    if proved:
        assert wrong.status_code == 401, "an address that proved itself keeps its password"
        assert (await chosen(app, f"/welcome/{token}", "the old password")).status_code == 303
        assert await app.state.house.credentials.viewer(old.token)
    else:
        assert wrong.status_code == 303, "whoever has the mailbox has the login; what was set before by somebody else is gone"
        with pytest.raises(WrongPassword):
            await sessions.sign_in(db, email, "the old password", workspace=str(other_workspace))
        assert await db.control("SELECT * FROM lw_session_proof(sha256($1::text::bytea))", old.token) == []


async def test_two_who_follow_one_link_at_once_are_one_user(app: Starlette, db: Database, workspace: UUID, tmp_path: Path) -> None:
    email = address()
    await db.run(Actor.system(workspace), lambda tx: accounts.invite(tx, accounts.Invitee(email, "Ben", "SALES"), app.state.kit.settings))
    token = await token_of(db, workspace, tmp_path)
    answers = await asyncio.gather(*(accounts.accept(db, token, PASSWORD, Client()) for _ in range(4)), return_exceptions=True)
    assert [type(a).__name__ for a in answers].count("Opened") == 1
    assert [type(a).__name__ for a in answers].count("InvitationOver") == 3
    assert await accounts_of(db, workspace) == 1


async def test_bad_invitations_are_refused_and_write_to_nobody(app: Starlette, db: Database, workspace: UUID, other_workspace: UUID) -> None:
    foreign = await db.run(Actor.system(other_workspace), lambda tx: _team(tx))
    _, owner = await session_for(db, workspace)
    _, sales = await session_for(db, workspace, "SALES")
    async with asking(app, owner) as client:
        for given, code in (
            ({"email": "nonsense"}, "NO_ADDRESS"), ({"email": "a@b.example\r\nBcc: x@y.example"}, "NO_ADDRESS"), ({"teamId": foreign}, "NOT_FOUND"),
        ):  # fmt: skip
            refused = (await ask(client, INVITE, i={"email": address(), "name": "x"} | given))["data"]["inviteUser"]
            assert (refused["invitation"], refused["userErrors"][0]["code"]) == (None, code)
        assert (await ask(client, "{ invitations { id } }"))["data"]["invitations"] == []
    async with asking(app, sales) as client:
        assert (await ask(client, INVITE, i={"email": address(), "name": "x"}))["data"]["inviteUser"]["userErrors"][0]["code"] == "FORBIDDEN"
        assert (await ask(client, "{ invitations { id } }"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with db.read(Actor.system(workspace)) as tx:
        assert await tx.value("SELECT count(*) FROM sends s WHERE s.workspace_id = $1", tx.workspace) == 0


async def test_forgotten_password_is_replaced_by_mail_and_everybody_is_answered_alike(
    app: Starlette, db: Database, workspace: UUID, tmp_path: Path
) -> None:
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", role="SALES", password="the old password")
    old = await sessions.sign_in(db, email, "the old password")
    async with asking(app, origin=HOST) as client:
        told = [await client.post("/forgot", data={"email": e}) for e in (email.upper(), address(), "nonsense")]
        assert {(a.status_code, a.text) for a in told} == {(202, told[0].text)}
        assert (await client.post("/forgot", data={"email": email}, headers={"origin": "https://evil.example"})).status_code == 403
        assert (await client.post("/forgot", data={"email": ""})).status_code == 400
    token = await token_of(db, workspace, tmp_path, "reset")
    async with asking(app) as client:
        assert 'action="/reset/' in (await client.get(f"/reset/{token}")).text
        assert (await client.get(f"/reset/{token}x")).status_code == 410
        assert (await client.post(f"/auth/link/{token}")).status_code == 410, "it sets a password; it signs nobody in without one"
    assert (await chosen(app, f"/reset/{token}", "short")).status_code == 422
    answer = await chosen(app, f"/reset/{token}", "a new long password")
    assert (answer.status_code, (await me(app, answer))["role"]) == (303, "SALES")
    assert (await chosen(app, f"/reset/{token}", "another long password")).status_code == 410
    assert await db.control("SELECT * FROM lw_session_proof(sha256($1::text::bytea))", old.token) == []
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, "the old password", client=Client(email))
    assert (await sessions.sign_in(db, email, "a new long password", client=Client(email))).workspace == workspace


async def test_mailbox_is_not_flooded_with_links_and_none_passes_a_server_of_the_workspace(app: Starlette, db: Database, workspace: UUID) -> None:
    """Whoever administers a workspace reads what its own mail server carries: a link there would let them in as that user, everywhere."""
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", role="SALES", password=PASSWORD)
    own: dict[str, Any] = {"name": "Own", "address": "us@evil.example", "host": "mail.evil.example", "port": 587, "is_default": True}

    async def sender(tx: Tx) -> None:
        await make.insert(tx, "senders", id=uuid7(), **own, **await make.stamps(tx))

    await db.run(Actor.system(workspace), sender)
    _, owner = await session_for(db, workspace)
    async with asking(app, owner) as client:
        await ask(client, INVITE, i={"email": address(), "name": "Ben"})
    async with asking(app, origin=HOST) as client:
        assert {(await client.post("/forgot", data={"email": email})).status_code for _ in range(8)} == {202}
    async with db.read(Actor.system(workspace)) as tx:
        told = [tuple(row) for row in await tx.fetch("SELECT s.sender_id, s.sender_address FROM sends s WHERE s.workspace_id = $1", tx.workspace)]
    assert (len(told), {sender for sender, _ in told}, any("evil" in name for _, name in told)) == (5, {None}, False)
    viewer: Viewer = await app.state.house.credentials.viewer((await session_for(db, workspace))[1])
    assert viewer.may("users", "invite")
