"""Signing in and out, cookies, keys, origins: who gets in at the HTTP doors."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from api.act import id_of
from leadwell.access import keys, links, sessions, users
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from tests.doors.serving import COOKIE, HOST, PASSWORD, SPA, ask, asking, key_for, session_for

VIEWER = "{ viewer { kind name role permissions user { name } workspace { uuid } } }"


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.post("/auth/sign-in", json={"email": email, "password": password, **more}, headers=headers)


async def somebody(db: Database, workspace: UUID, role: str = "OWNER") -> str:
    email = f"{uuid7().hex}@example.com"
    await users.create_user(db, workspace, email=email, name="Ana", role=role, password=PASSWORD)
    return email


async def test_password_gives_a_host_cookie_that_a_page_of_ours_uses(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app) as client:
        answer = await sign_in(client, await somebody(db, workspace, "SALES"))
        cookie = answer.headers["set-cookie"]
        assert (answer.status_code, answer.json()["user"]) == (200, {"name": "Ana", "role": "SALES"})
        assert "token" not in answer.json()
        assert cookie.startswith(f"{COOKIE}=lws_")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= {part.strip() for part in cookie.split(";")}
        token = cookie.split(";")[0].partition("=")[2]
        body = await ask(client, VIEWER, {"cookie": f"{COOKIE}={token}", "origin": HOST})
    assert body["data"]["viewer"]["user"] == {"name": "Ana"}
    assert body["data"]["viewer"]["role"] == "SALES"
    assert body["data"]["viewer"]["workspace"] == {"uuid": str(workspace)}


async def test_bearer_session_is_given_only_when_asked_for(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app) as client:
        answer = await sign_in(client, await somebody(db, workspace), bearer=True)
        assert "set-cookie" not in answer.headers
        body = await ask(client, VIEWER, {"authorization": f"Bearer {answer.json()['token']}"})
    assert body["data"]["viewer"]["kind"] == "USER"


async def test_wrong_password_says_the_same_for_known_and_unknown(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app) as client:
        answers = [await sign_in(client, who, "wrong password") for who in (await somebody(db, workspace), "nobody@example.com")]
    told = [(a.status_code, {k: v for k, v in a.json()["error"].items() if k != "requestId"}) for a in answers]
    assert told[0] == told[1]
    assert told[0][0] == 401
    assert told[0][1]["code"] == "WRONG_PASSWORD"


async def test_locked_sign_in_answers_429_with_a_time(app: Starlette, db: Database, workspace: UUID) -> None:
    email = await somebody(db, workspace)
    async with asking(app) as client:
        for _ in range(6):
            await sign_in(client, email, "wrong password")
        answer = await sign_in(client, email)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"email": 1, "password": "x"}', b'{"email": "a@b.example"}', b'{"email": "a\\u0000", "password": "x"}', b"\xff"]
)
async def test_malformed_sign_in_is_a_bad_request(app: Starlette, body: bytes) -> None:
    async with asking(app) as client:
        answer = await client.post("/auth/sign-in", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


async def test_form_post_and_foreign_page_cannot_sign_in(app: Starlette, db: Database, workspace: UUID) -> None:
    email = await somebody(db, workspace)
    async with asking(app) as client:
        form = await client.post("/auth/sign-in", data={"email": email, "password": PASSWORD})
        foreign = await sign_in(client, email, headers={"origin": "https://evil.example"})
    assert (form.status_code, foreign.status_code) == (415, 403)
    assert "set-cookie" not in form.headers
    assert "set-cookie" not in foreign.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": HOST}, 200),
        ({"origin": SPA}, 200),
        ({"x-leadwell-csrf": "1"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.example", "x-leadwell-csrf": "1"}, 403),
    ],
)
async def test_cookie_acts_only_for_our_pages_and_listed_origins(app: Starlette, db: Database, workspace: UUID, headers: dict[str, str], status: int) -> None:
    _, token = await session_for(db, workspace)
    document = 'mutation { createUser(input: {name: "Mallory", email: "m@example.com"}) { user { name } } }'
    async with asking(app, cookie=f"{COOKIE}={token}") as client:
        answer = await client.post("/graphql", json={"query": document}, headers=headers)
    made = await db.control("SELECT lw_memberships(l.id) FROM lw_login('m@example.com') l")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["errors"][0]["extensions"]["code"] == "FOREIGN_ORIGIN"
    else:
        assert made


async def test_bearer_needs_no_origin(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace)) as client:
        body = await ask(client, VIEWER, {"origin": "https://anywhere.example"})
    assert body["data"]["viewer"]["kind"] == "KEY"


async def test_signing_out_ends_session_and_cookie(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    async with asking(app, cookie=f"{COOKIE}={token}", origin=HOST) as client:
        assert (await ask(client, VIEWER))["data"]["viewer"]["name"] == "Ana"
        answer = await client.post("/auth/sign-out")
        assert answer.status_code == 204
        assert f'{COOKIE}=""' in answer.headers["set-cookie"]
        assert (await ask(client, VIEWER))["data"]["viewer"] is None


async def test_foreign_page_cannot_sign_anybody_out(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    async with asking(app, cookie=f"{COOKIE}={token}") as client:
        assert (await client.post("/auth/sign-out", headers={"origin": "https://evil.example"})).status_code == 403
        assert (await ask(client, VIEWER, {"origin": HOST}))["data"]["viewer"]["name"] == "Ana"


async def test_looking_at_a_link_does_not_use_it_up(app: Starlette, db: Database, workspace: UUID) -> None:
    user, _ = await session_for(db, workspace)
    path = f"/auth/link/{await links.create_link(db, workspace, user)}"
    async with asking(app) as client:
        for _ in range(3):
            seen = await client.get(path)
            assert seen.status_code == 200
            assert f'action="{path}"' in seen.text
        assert (await client.post(path, headers={"origin": "https://evil.example"})).status_code == 403
        used = await client.post(path, headers={"origin": HOST})
        assert (used.status_code, used.headers["location"]) == (303, "/")
        assert used.headers["set-cookie"].startswith(f"{COOKIE}=lws_")
        again = await client.post(path)
    assert again.status_code == 410
    assert "set-cookie" not in again.headers


async def test_address_printed_at_the_start_leads_to_the_link(app: Starlette) -> None:
    async with asking(app) as client:
        answers = [(await client.get("/sign-in", params={"token": token})).headers["location"] for token in ("lwl_a-b_c", "//evil.example")]
    assert answers == ["/auth/link/lwl_a-b_c", "/sign-in"]


async def test_link_page_escapes_what_stands_in_its_address(app: Starlette) -> None:
    async with asking(app) as client:
        seen = await client.get('/auth/link/"><script>alert(1)</script>')
    assert "<script>alert" not in seen.text


@pytest.mark.parametrize("token", ["lw_live_nonsense", "lws_" + "x" * 43, "Ünïcode", "lw_live_00000000_" + "0" * 40])
async def test_unknown_credential_is_401_everywhere(app: Starlette, token: str) -> None:
    async with asking(app) as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}".encode()})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "CREDENTIAL_REJECTED")


async def test_anonymous_gets_no_record_and_no_change(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app) as client:
        read = await client.post("/graphql", json={"query": "{ leads { nodes { id } } }"})
        write = await ask(client, 'mutation { createApiKey(input: {name: "x", scopes: ["*"]}) { id secret userErrors { code } } }')
    assert (read.status_code, read.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert write["data"]["createApiKey"] == {"id": None, "secret": None, "userErrors": [{"code": "UNAUTHENTICATED"}]}


async def test_key_does_what_its_scopes_say_and_no_more(app: Starlette, db: Database, workspace: UUID) -> None:
    async with asking(app, await key_for(db, workspace, "leads:read")) as client:
        assert "errors" not in await ask(client, "{ leads { nodes { id } } }")
        assert (await ask(client, "{ deals { nodes { id } } }"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        made = await ask(client, 'mutation { createApiKey(input: {name: "x", scopes: ["*"]}) { secret userErrors { code } } }')
    assert made["data"]["createApiKey"] == {"secret": None, "userErrors": [{"code": "FORBIDDEN"}]}
    assert [k.name for k in await keys.list_keys(db, workspace)] == ["Test"]


async def test_manager_can_neither_make_an_owner_nor_sign_in_as_one(app: Starlette, db: Database, workspace: UUID) -> None:
    owner, _ = await session_for(db, workspace, "OWNER")
    grants = '{"users": {"verbs": ["create", "invite", "read"], "rows": "all"}}'
    statement = f"UPDATE roles r SET grants = grants || '{grants}' WHERE r.workspace_id = $1 AND r.code = 'MANAGER'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(statement, workspace))
    _, manager = await session_for(db, workspace, "MANAGER")
    async with asking(app, manager) as client:
        made = await ask(client, 'mutation { createUser(input: {name: "x", email: "x@example.com", role: "OWNER"}) { user { id } userErrors { code } } }')
        users_found = (await ask(client, "{ users { nodes { id name } } }"))["data"]["users"]["nodes"]
        owner_id = next(u["id"] for u in users_found if id_of(u["id"], "User") == owner)
        link = await ask(client, "mutation($id: ID!) { createSignInLink(input: {userId: $id}) { url userErrors { code } } }", id=owner_id)
    assert made["data"]["createUser"] == {"user": None, "userErrors": [{"code": "ROLE_EXCEEDS_YOURS"}]}
    assert link["data"]["createSignInLink"] == {"url": None, "userErrors": [{"code": "ROLE_EXCEEDS_YOURS"}]}


async def test_listed_origin_may_ask_with_credentials_and_others_not(app: Starlette, db: Database, workspace: UUID) -> None:
    question = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with asking(app) as client:
        listed = await client.options("/graphql", headers={"origin": SPA, **question})
        foreign = await client.options("/graphql", headers={"origin": "https://evil.example", **question})
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": SPA})
    assert (listed.status_code, foreign.status_code) == (204, 403)
    assert listed.headers["access-control-allow-origin"] == answer.headers["access-control-allow-origin"] == SPA
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in foreign.headers
    assert "Origin" in foreign.headers["vary"]


async def test_production_shows_strangers_neither_editor_nor_schema(strict_app: Starlette, db: Database, workspace: UUID) -> None:
    introspection = "{ __schema { types { name } } }"
    async with asking(strict_app) as client:
        page = await client.get("/")
        schema, get = await ask(client, introspection), await client.get("/graphql", params={"query": "{ __typename }"})
        typo = await ask(client, "{ lead_s { id } }")
        known = {"authorization": f"Bearer {await key_for(db, workspace)}"}
        assert "data" in await ask(client, introspection, known)
        assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")
    assert schema["errors"][0]["extensions"]["code"] == "INTROSPECTION_OFF"
    assert (get.status_code, get.headers["allow"]) == (405, "POST")
    assert "Did you mean" not in typo["errors"][0]["message"]


async def test_pages_ask_no_other_server(app: Starlette) -> None:
    async with asking(app) as client:
        for path in ("/", "/sign-in", "/sign-in?workspace=x", "/forgot", "/docs/reference/errors"):
            seen = await client.get(path)
            assert seen.status_code == 200
            assert re.findall(r"""(?:src|href|action)=.(?!/)[^> ]*""", seen.text) == []
            assert "default-src 'none'" in seen.headers["content-security-policy"]
            assert "unsafe-inline" not in seen.headers["content-security-policy"].replace("style-src 'self' 'unsafe-inline'", "")


async def test_editor_files_are_all_there(app: Starlette) -> None:
    async with asking(app) as client:
        page = (await client.get("/")).text
        for name in (part.split('"')[0] for part in page.split("/static/")[1:]):
            found = await client.get(f"/static/{name}")
            assert found.status_code == 200, name
            assert len(found.content) > 100


CHANGE = "mutation($i: ChangePasswordInput!) { changePassword(input: $i) { user { name } userErrors { code field } } }"


async def test_own_password_changes_with_the_present_one_and_ends_sessions(app: Starlette, db: Database, workspace: UUID) -> None:
    email = await somebody(db, workspace, "READ_ONLY")
    async with asking(app) as client:
        token = (await sign_in(client, email, bearer=True)).json()["token"]
        mine = {"authorization": f"Bearer {token}"}
        for given, code in (({"password": "a new long one"}, "WRONG_PASSWORD"), ({"current": PASSWORD, "password": "short"}, "PASSWORD_TOO_WEAK")):
            refused = (await ask(client, CHANGE, mine, i=given))["data"]["changePassword"]
            assert (refused["user"], refused["userErrors"][0]["code"]) == (None, code)
        assert (await sign_in(client, email)).status_code == 200
        done = await ask(client, CHANGE, mine, i={"current": PASSWORD, "password": "a new long one"})
        app.state.house.credentials.forget(token)
        assert done["data"]["changePassword"] == {"user": {"name": "Ana"}, "userErrors": []}
        assert (await ask(client, VIEWER, mine))["errors"][0]["extensions"]["code"] == "CREDENTIAL_REJECTED"
        assert [(await sign_in(client, email, p)).status_code for p in (PASSWORD, "a new long one")] == [401, 200]


async def test_who_came_by_a_link_sets_a_first_password_and_a_key_none(app: Starlette, db: Database, workspace: UUID) -> None:
    email = f"{uuid7().hex}@example.com"
    user = await users.create_user(db, workspace, email=email, name="Ben")
    opened = await sessions.follow_link(db, await links.create_link(db, workspace, user))
    async with asking(app) as client:
        for token, code in ((await key_for(db, workspace), "FORBIDDEN"), (opened.token, None)):
            answer = await ask(client, CHANGE, {"authorization": f"Bearer {token}"}, i={"password": PASSWORD})
            assert [e["code"] for e in answer["data"]["changePassword"]["userErrors"]] == ([code] if code else [])
        assert (await sign_in(client, email)).status_code == 200
