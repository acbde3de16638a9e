"""Signing in at an identity provider, through the doors: whom it brings in, and every way back that is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from leadwell import accounts
from leadwell.access import oidc, users
from leadwell.access.viewer import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from tests.doors.serving import COOKIE, PASSWORD, ask, asking, key_for, running, session_for, settings_for
from tests.doors.test_invitations import token_of
from tests.identity import CLIENT, ISSUER, SECRET, IdentityProvider, agreed, claims, forged, pem, signed

ME = "{ viewer { name role user { email } workspace { slug } sessions { isCurrent } } }"
PUT = (
    "mutation($i: PutIdentityProviderInput!) { putIdentityProvider(input: $i) "
    "{ identityProviders { id name issuer clientId domains linkByEmail role } userErrors { code field } } }"
)


@pytest.fixture
def provider(app: Starlette) -> Iterator[IdentityProvider]:
    """The one that the running API can reach."""
    made, before = IdentityProvider(), app.state.kit.issuers
    app.state.kit.issuers = made.issuers()
    yield made
    app.state.kit.issuers = before


@dataclass(slots=True)
class Browser:
    """Somebody at the page where people sign in, with cookies."""

    app: Starlette
    provider: IdentityProvider
    slug: str
    cookies: dict[str, str]

    async def get(self, path: str) -> httpx.Response:
        async with asking(self.app, cookie="; ".join(f"{k}={v}" for k, v in self.cookies.items())) as client:
            answer = await client.get(path)
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    async def way(self) -> str:
        page = (await self.get(f"/sign-in?workspace={self.slug}")).text
        return page.partition('class="way" href="')[2].partition('"')[0].replace("&amp;", "&")

    async def back(self, way: str | None = None) -> str:
        """There, and the address to which the provider sends the browser back."""
        return await agreed(self.provider, (await self.get(way or await self.way())).headers["location"])

    async def enter(self) -> httpx.Response:
        return await self.get(await self.back())

    async def me(self) -> Any:
        async with asking(self.app, cookie=f"{COOKIE}={self.cookies[COOKIE]}", origin="http://127.0.0.1:8000") as client:
            return (await ask(client, ME))["data"]["viewer"]


async def opened(db: Database, app: Starlette, workspace: UUID, provider: IdentityProvider, **more: Any) -> Browser:
    """A browser, and a workspace that takes the provider's word as `more` says."""
    wanted = oidc.Wanted(ISSUER, "Corp <SSO>", CLIENT, SECRET, **more)
    await db.run(Actor.system(workspace), lambda tx: oidc.put(tx, wanted, app.state.kit.settings))
    return Browser(app, provider, (await db.control("SELECT w.slug FROM lw_workspace($1) w", workspace))[0]["slug"], {})


async def count(db: Database, workspace: UUID) -> int:
    async with db.read(Actor.system(workspace)) as tx:
        return await tx.value("SELECT count(*) FROM users u WHERE u.workspace_id = $1", tx.workspace)


async def test_first_visit_makes_a_user_of_the_role_and_later_ones_find_them_by_subject(
    app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider
) -> None:
    browser = await opened(db, app, workspace, provider, domains=["corp.example"], role="SALES")
    email = f"{uuid7().hex}@corp.example"
    provider.person = {"email": email.upper(), "sub": email}
    assert "Corp &lt;SSO&gt;" in (await browser.get(f"/sign-in?workspace={browser.slug}")).text
    answer = await browser.enter()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookies = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookies[0].split(";")}
    assert browser.cookies["__Host-leadwell-journey"] == ""
    assert await browser.me() == {
        "name": "Ana Silva", "role": "SALES", "user": {"email": email}, "workspace": {"slug": browser.slug}, "sessions": [{"isCurrent": True}]}
    provider.person = {"email": "ana@corp.example", "sub": email, "name": "Somebody Else"}
    assert (await browser.enter()).status_code == 303
    assert (await browser.me())["user"] == {"email": email}, "the subject counts, not what else is said"
    assert await count(db, workspace) == 1
    async with asking(app, browser.cookies[COOKIE]) as client:
        change = "mutation { changePassword(input: {password: \"a new long password\"}) { userErrors { code } } }"
        assert (await ask(client, change))["data"]["changePassword"]["userErrors"] == [{"code": "ADDRESS_UNPROVED"}]


async def test_page_says_the_same_of_a_workspace_without_a_provider_and_of_none(app: Starlette, db: Database, workspace: UUID) -> None:
    slug = (await db.control("SELECT w.slug FROM lw_workspace($1) w", workspace))[0]["slug"]
    async with asking(app) as client:
        known, unknown = [(await client.get("/sign-in", params={"workspace": s})).text.replace(s, "SLUG") for s in (slug, '"><script>')]
    assert known == unknown.replace("&quot;&gt;&lt;script&gt;", "SLUG")
    assert ("by a company&#x27;s account" in known or "by a company's account" in known, "<details open>" in known) == (True, True)


async def test_address_links_only_when_verified_and_wanted(app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider) -> None:
    email = f"{uuid7().hex}@corp.example"
    user = await users.create_user(db, workspace, email=email, name="Ana", role="MANAGER", password=PASSWORD)
    for more, said, code in (
        ({}, {}, 403), ({"role": "SALES"}, {}, 403), ({"link_by_email": True}, {"email_verified": False}, 403),
        ({"link_by_email": True}, {"email_verified": "true"}, 403), ({"link_by_email": True, "domains": ["other.example"]}, {}, 403),
        ({"link_by_email": True, "domains": ["corp.example"]}, {}, 303), ({}, {"email": None}, 303),
    ):  # fmt: skip
        browser = await opened(db, app, workspace, provider, **more)
        provider.person = {"email": email, "sub": email, **said}
        answer = await browser.enter()
        assert answer.status_code == code, (more, said)
        assert (COOKIE in browser.cookies) is (code == 303)
    assert (await browser.me())["role"] == "MANAGER"
    assert await count(db, workspace) == 1
    await db.run(Actor.system(workspace), lambda tx: users.archive(tx, user))
    assert (await browser.enter()).status_code == 403, "who was shut out stays out"


async def test_journey_is_good_for_one_return_in_the_browser_that_set_out(
    app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider
) -> None:
    browser = await opened(db, app, workspace, provider, role="SALES")
    provider.person = {"email": f"{uuid7().hex}@corp.example", "sub": workspace.hex}
    back = await browser.back()
    stolen = await Browser(app, provider, browser.slug, {"__Host-leadwell-journey": "x" * 43}).get(back)
    assert (stolen.status_code, "set-cookie" in stolen.headers and COOKIE + "=" in stolen.headers["set-cookie"]) == (410, False)
    cookie = browser.cookies["__Host-leadwell-journey"]
    assert (await browser.get(back)).status_code == 303
    again = Browser(app, provider, browser.slug, {"__Host-leadwell-journey": cookie})
    assert (await again.get(back)).status_code == 410
    for path in ("/auth/oidc/callback", "/auth/oidc/callback?state=x&code=y", "/auth/oidc/callback?state=%00"):
        assert (await again.get(path)).status_code in (400, 410)
    asked = parse_qs(urlsplit((await browser.get(await browser.way())).headers["location"]).query)
    assert (asked["redirect_uri"], len(asked["code_challenge"][0]), len(asked["state"][0])) == (["http://127.0.0.1:8000/auth/oidc/callback"], 43, 43)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda said: forged({"alg": "none", "kid": "r1"}, said), "method that is not taken"),
        (lambda said: forged({"alg": "HS256", "kid": "r1"}, said, pem()), "method that is not taken"),
        (lambda said: signed(said, kid="../../etc/passwd"), "its key is not one"), (lambda said: signed({**said, "aud": "other"}), "for somebody else"),
        (lambda said: signed({**said, "iss": "https://evil.example"}), "another provider"),
        (lambda said: signed({**said, "nonce": "old"}), "not made for this"),
        (lambda said: signed({**said, "exp": said["iat"] - 100}), "it has expired"), (lambda said: "not.a.token", "it is no token"),
    ],
)  # fmt: skip
async def test_token_that_cannot_be_believed_brings_nobody_in(
    app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider, made: Any, told: str
) -> None:
    browser = await opened(db, app, workspace, provider, role="SALES")
    provider.made = made
    answer = await browser.enter()
    assert (answer.status_code, told in answer.text, COOKIE in browser.cookies) == (403, True, False)
    assert await count(db, workspace) == 0


async def test_what_goes_wrong_at_the_provider_is_a_page(app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider) -> None:
    browser = await opened(db, app, workspace, provider, role="SALES")
    back = await browser.back()
    said = back.partition("&iss=")[0]
    assert "another provider" in (await browser.get(said + "&iss=https%3A%2F%2Fevil.example")).text
    refused = (await browser.back()).replace("code=", "error=access_denied%3Cb%3E&x=")
    page = await browser.get(refused)
    assert (page.status_code, "&lt;b&gt;" in page.text, "<b>" in page.text) == (403, False, False)
    provider.down = {"/token"}
    assert (await browser.enter()).status_code == 503
    provider.down = set()
    way = await browser.way()
    for wrong in (way.replace("provider=", "provider=x"), "/auth/oidc/start", way.partition("&workspace")[0], "/auth/oidc/start?provider=here"):
        assert (await browser.get(wrong)).status_code in (400, 404), wrong


async def test_where_to_go_afterwards_is_ours_or_listed(app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider) -> None:
    browser = await opened(db, app, workspace, provider, role="SALES")
    provider.person = {"email": f"{uuid7().hex}@corp.example", "sub": workspace.hex}
    for wanted, went in (
        ("/leads?x=1", "/leads?x=1"), ("http://localhost:5173/app", "http://localhost:5173/app"), ("https://evil.example", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("javascript:alert(1)", "/"),
    ):  # fmt: skip
        way = str(httpx.URL(await browser.way()).copy_add_param("next", wanted))
        assert (await browser.get(await browser.back(way))).headers["location"] == went


async def test_installations_provider_brings_in_whom_workspaces_know_and_lets_them_choose(
    migrated: Servers, db: Database, workspace: UUID, other_workspace: UUID
) -> None:
    provider = IdentityProvider()
    email, oidc_ = f"{uuid7().hex}@corp.example", {"LEADWELL_OIDC_ISSUER": ISSUER, "LEADWELL_OIDC_CLIENT_ID": CLIENT, "LEADWELL_OIDC_CLIENT_SECRET": SECRET}
    async with running(create_app(settings_for(migrated, **oidc_, LEADWELL_OIDC_NAME="Corp"))) as app:
        app.state.kit.issuers = provider.issuers()
        browser = Browser(app, provider, "", {})
        provider.person = {"email": email, "sub": email}
        assert (await browser.enter()).status_code == 403
        for place in (workspace, other_workspace):
            await users.create_user(db, place, email=email, name="Ana", role="SALES", password=PASSWORD)
        assert (await browser.enter()).status_code == 403, "no workspace takes its word for an address"
        wanted = oidc.Wanted(ISSUER, "Corp", link_by_email=True)
        await db.run(Actor.system(workspace), lambda tx: oidc.put(tx, wanted, app.state.kit.settings))
        assert (await browser.enter()).status_code == 303
        await db.run(Actor.system(other_workspace), lambda tx: oidc.put(tx, wanted, app.state.kit.settings))
        choice = await browser.enter()
        assert (choice.status_code, choice.text.count('class="way"')) == (200, 2)
        for part in choice.text.split('class="way" href="')[1:]:
            assert (await browser.get(await browser.back(part.partition('"')[0].replace("&amp;", "&")))).status_code == 303


async def test_invitation_is_taken_by_an_identity_that_is_nobody_elses_and_only_from_its_own_page(
    app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider, tmp_path: Path
) -> None:
    browser, email = await opened(db, app, workspace, provider), f"{uuid7().hex}@example.com"
    await db.run(Actor.system(workspace), lambda tx: accounts.invite(tx, accounts.Invitee(email, "Ben", "MANAGER"), app.state.kit.settings))
    token = await token_of(db, workspace, tmp_path)
    provider.person = {"sub": email, "email": None}
    page = (await browser.get(f"/welcome/{token}")).text
    way = page.partition('class="way" href="')[2].partition('"')[0].replace("&amp;", "&")
    async with asking(app, **{"sec-fetch-site": "cross-site"}) as client:
        assert (await client.get(way)).headers["location"] == f"/welcome/{token}"
    other = await users.create_user(db, workspace, email=f"{uuid7().hex}@example.com", name="Other", role="SALES")
    taken = oidc.Claims(ISSUER, "somebody-else")
    await db.run(Actor.system(workspace), lambda tx: oidc.link(tx, taken, other))
    provider.person = {"sub": "somebody-else", "email": None}
    assert (await browser.get(await browser.back(way))).status_code == 409
    assert await count(db, workspace) == 1
    provider.person = {"sub": email, "email": None}
    assert (await browser.get(await browser.back(way))).status_code == 303
    assert (await browser.me())["user"] == {"email": email}
    assert (await browser.get(way)).status_code == 410
    assert (await browser.enter()).status_code == 303, "from now on without the invitation"
    assert (await browser.me())["role"] == "MANAGER"


async def test_only_who_may_everything_says_who_comes_in_and_the_secret_is_never_shown(
    app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider
) -> None:
    given = {"issuer": ISSUER, "name": "Corp", "clientId": CLIENT, "clientSecret": SECRET, "domains": ["Corp.Example", "münchen.example"], "role": "SALES"}
    narrow = await key_for(db, workspace, "workspaces:update", "workspaces:read", "users:*")
    async with asking(app, narrow) as client:
        assert (await ask(client, PUT, i=given))["data"]["putIdentityProvider"]["userErrors"] == [{"code": "ROLE_EXCEEDS_YOURS", "field": ["issuer"]}]
    _, token = await session_for(db, workspace, "OWNER")
    async with asking(app, token) as client:
        for wrong, field in (
            ({"issuer": "http://id.example.com"}, "issuer"), ({"issuer": "ftp://x"}, "issuer"), ({"issuer": ""}, "issuer"), ({"name": " "}, "name"),
            ({"clientId": None}, "clientId"), ({"domains": ["x"]}, "domains.0"), ({"domains": ["a.example", "b c"]}, "domains.1"), ({"role": "KING"}, "role"),
        ):  # fmt: skip
            refused = (await ask(client, PUT, i=given | wrong))["data"]["putIdentityProvider"]
            assert (refused["identityProviders"], ".".join(refused["userErrors"][0]["field"])) == (None, field), wrong
        assert (await ask(client, "{ identityProviders { id } }"))["data"]["identityProviders"] == []
        first = (await ask(client, PUT, i=given))["data"]["putIdentityProvider"]["identityProviders"]
        assert first[0] | {"id": 0} == {
            "id": 0, "name": "Corp", "issuer": ISSUER, "clientId": CLIENT, "domains": ["corp.example", "xn--mnchen-3ya.example"], "linkByEmail": False,
            "role": "SALES"}  # fmt: skip
        again = (await ask(client, PUT, i={k: v for k, v in given.items() if k != "clientSecret"} | {"name": "Again"}))["data"]["putIdentityProvider"]
        assert (again["identityProviders"][0]["id"], again["identityProviders"][0]["name"]) == (first[0]["id"], "Again")
        async with db.read(Actor.system(workspace)) as tx:
            assert [one.secret() for one in await oidc.of_workspace(tx, app.state.kit.settings)] == [SECRET], "left out, it stays"
            told = str([dict(row) for row in await tx.fetch("SELECT e.data FROM events e WHERE e.workspace_id = $1", tx.workspace)])
        assert SECRET not in told
        remove = f'mutation {{ removeIdentityProvider(input: {{id: "{first[0]["id"]}"}}) {{ identityProviders {{ id }} userErrors {{ code }} }} }}'
        for _ in range(2):
            assert (await ask(client, remove))["data"]["removeIdentityProvider"] == {"identityProviders": [], "userErrors": []}
    assert (await opened(db, app, workspace, provider)).slug


async def test_two_first_visits_at_once_make_one_user(app: Starlette, db: Database, workspace: UUID, provider: IdentityProvider) -> None:
    import asyncio

    browser = await opened(db, app, workspace, provider, role="SALES")
    email = f"{uuid7().hex}@corp.example"
    who = oidc.Claims(ISSUER, "twice", email, "Ana")
    async with db.read(Actor.system(workspace)) as tx:
        way = (await oidc.of_workspace(tx, app.state.kit.settings))[0]
    entry = oidc.Entry(who, way, workspace)
    sessions = await asyncio.gather(*(oidc.enter(db, entry, _nobody(), app.state.kit.settings) for _ in range(8)))
    assert (len({one.token for one in sessions}), await count(db, workspace), browser.slug != "") == (8, 1, True)
    viewer: Viewer = await app.state.house.credentials.viewer(sessions[0].token)
    assert (viewer.name, claims()["name"]) == ("Ana", "Ana Silva")


def _nobody() -> Any:
    from leadwell.access.sessions import Client

    return Client("192.0.2.7", "test")
