"""Sessions, links, keys and the viewer they lead to, in a real database as the unprivileged login."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from api.guesses import Guesses
from api.meter import Meter
from leadwell.access import CredentialRejected, Credentials, Viewer, keys, links, passwords, roles, sessions, tokens, users
from leadwell.access.bounds import Bounds
from leadwell.access.refusals import (
    BadBound,
    BadGrant,
    BadScope,
    ChooseWorkspace,
    FieldNotYours,
    KeyRotating,
    LinkSpent,
    PasswordTooWeak,
    RoleUnknown,
    ScopeExceedsYours,
    TooManyAttempts,
    WrongPassword,
)
from leadwell.access.sees import reach
from leadwell.access.standing import standing
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Forbidden, NotFound, Refusal
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database

PASSWORD = "correct horse battery"


def address() -> str:
    return f"{uuid7().hex}@example.com"


async def test_password_opens_a_session_that_leads_to_the_viewer(db: Database, workspace: UUID) -> None:
    email = address()
    user = await users.create_user(db, workspace, email=email, name="Ana", role="SALES", password=PASSWORD)
    opened = await sessions.sign_in(db, email.upper(), PASSWORD)
    viewer = await Credentials(db).viewer(opened.token)
    assert (viewer.workspace, viewer.user, viewer.name, viewer.role) == (workspace, user, "Ana", "SALES")
    assert viewer.may("leads", "convert")
    assert viewer.may("Lead", "read")
    assert not viewer.may("apiKeys", "read")
    assert str(viewer.actor("r1")) == f"USER:{user}"


async def test_wrong_password_and_unknown_address_are_refused_alike(db: Database, workspace: UUID) -> None:
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    messages: set[str] = set()
    for who in (email, address()):
        with pytest.raises(WrongPassword) as refused:
            await sessions.sign_in(db, who, "wrong password")
        messages.add(refused.value.message)
    assert len(messages) == 1


@pytest.mark.parametrize("known", [True, False])
async def test_sixth_attempt_locks_and_the_right_password_waits_too(db: Database, workspace: UUID, known: bool) -> None:
    email = address()
    if known:
        await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    for _ in range(6):
        with pytest.raises(WrongPassword):
            await sessions.sign_in(db, email, "wrong password", address=email)
    with pytest.raises(TooManyAttempts) as refused:
        await sessions.sign_in(db, email, PASSWORD, address=email)
    assert refused.value.retryable
    assert refused.value.params["seconds"] >= 1


async def test_success_forgets_failures(db: Database, workspace: UUID) -> None:
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongPassword):
                await sessions.sign_in(db, email, "wrong password", address=email)
        await sessions.sign_in(db, email, PASSWORD, address=email)


async def test_member_of_two_workspaces_chooses(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    email = address()
    for place in (workspace, other_workspace):
        await users.create_user(db, place, email=email, name="Ana", password=PASSWORD)
    with pytest.raises(ChooseWorkspace) as refused:
        await sessions.sign_in(db, email, PASSWORD, address=email)
    slugs = refused.value.params["workspaces"]
    assert len(slugs) == 2
    entered = {(await sessions.sign_in(db, email, PASSWORD, workspace=slug, address=email)).workspace for slug in slugs}
    assert entered == {workspace, other_workspace}
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, PASSWORD, workspace="elsewhere", address=email)


async def test_adding_a_known_address_elsewhere_does_not_change_its_password(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    await users.create_user(db, other_workspace, email=email, name="Mallory", password="another password")
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, "another password", address=email)


async def first_password(db: Database, place: UUID, user: UUID, password: str) -> None:
    """What whoever has a link from an administrator may do, the administrator too."""
    opened = await sessions.follow_link(db, await links.create_link(db, place, user))
    await users.change_password(db, await Credentials(db).viewer(opened.token), None, password, opened.token)


async def test_a_password_set_by_an_administrators_link_opens_no_other_workspace(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    email, planted = address(), "planted password"
    mallory = await users.create_user(db, other_workspace, email=email, name="Ana")
    await first_password(db, other_workspace, mallory, planted)
    await users.create_user(db, workspace, email=email, name="Ana")
    assert (await sessions.sign_in(db, email, planted)).workspace == other_workspace
    opened = await sessions.sign_in(db, email, planted)
    await users.change_password(db, await Credentials(db).viewer(opened.token), planted, planted + "!", opened.token)
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, planted + "!", workspace=str(workspace))
    login = (await db.control("SELECT id FROM lw_login($1)", email))[0]["id"]
    state = "SELECT s.verified FROM lw_login_state($1, $2) s"
    for proved in (False, True):
        async with db.read(Actor.system(workspace)) as tx:
            assert await tx.value(state, tx.workspace, email) is proved
        if not proved:      # the mailbox was shown to be hers, by whatever came by mail: the planted password is gone, and hers opens both
            mine = await passwords.hashed(PASSWORD)
            await db.run(Actor.system(workspace), lambda tx, mine=mine: tx.execute("SELECT lw_prove_login($1, $2, $3)", tx.workspace, login, mine))
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, planted + "!")
    assert {(await sessions.sign_in(db, email, PASSWORD, workspace=str(place))).workspace for place in (workspace, other_workspace)} == {
        workspace, other_workspace}  # fmt: skip


async def test_a_proved_login_without_a_password_can_be_planted_none_elsewhere(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    """She came by a link that was mailed to her and a provider, and left; the other workspace's administrator sets a password in her name."""
    email = address()
    user = await users.create_user(db, other_workspace, email=email, name="Ana")
    login = (await db.control("SELECT id FROM lw_login($1)", email))[0]["id"]
    await db.run(Actor.system(other_workspace), lambda tx: tx.execute("SELECT lw_prove_login($1, $2, NULL)", tx.workspace, login))
    await first_password(db, other_workspace, user, "planted password")
    await users.create_user(db, workspace, email=email, name="Ana")
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, "planted password", workspace=str(workspace))
    async with db.read(Actor.system(workspace)) as tx:
        assert await tx.value("SELECT s.verified FROM lw_login_state($1, $2) s", tx.workspace, email) is False


async def test_signing_out_ends_the_session(db: Database, workspace: UUID) -> None:
    email = address()
    await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    opened = await sessions.sign_in(db, email, PASSWORD)
    await sessions.sign_out(db, opened.token)
    await sessions.sign_out(db, opened.token)
    with pytest.raises(CredentialRejected):
        await Credentials(db).viewer(opened.token)


async def test_link_signs_in_once(db: Database, workspace: UUID) -> None:
    user = await users.create_user(db, workspace, email=address(), name="Ana")
    token = await links.create_link(db, workspace, user)
    opened = await sessions.follow_link(db, token)
    assert (await Credentials(db).viewer(opened.token)).user == user
    with pytest.raises(LinkSpent):
        await sessions.follow_link(db, token)


async def test_expired_link_is_spent(db: Database, workspace: UUID) -> None:
    user = await users.create_user(db, workspace, email=address(), name="Ana")
    token = await links.create_link(db, workspace, user, minutes=0)
    with pytest.raises(LinkSpent):
        await sessions.follow_link(db, token)


async def test_link_for_a_user_of_another_workspace_is_refused(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    user = await users.create_user(db, other_workspace, email=address(), name="Ana")
    with pytest.raises(NotFound):
        await links.create_link(db, workspace, user)


async def test_archived_user_cannot_enter(db: Database, workspace: UUID) -> None:
    email = address()
    user = await users.create_user(db, workspace, email=email, name="Ana", password=PASSWORD)
    opened = await sessions.sign_in(db, email, PASSWORD)
    await db.run(
        Actor.system(workspace),
        lambda tx: tx.execute("UPDATE users u SET archived_at = clock_timestamp() WHERE u.workspace_id = $1 AND u.id = $2", workspace, user),
    )
    with pytest.raises(CredentialRejected):
        await Credentials(db).viewer(opened.token)
    with pytest.raises(WrongPassword):
        await sessions.sign_in(db, email, PASSWORD)


async def test_key_has_exactly_its_scopes(db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Partner", ["leads:read", "people:*"])
    viewer = await Credentials(db).viewer(made.text)
    assert made.text.startswith(made.record.prefix + "_")
    assert made.text.startswith("lw_live_")
    assert (viewer.workspace, viewer.kind, viewer.user) == (workspace, "KEY", None)
    assert [viewer.may(*p) for p in (("leads", "read"), ("Lead", "convert"), ("people", "update"), ("deals", "read"), ("apiKeys", "create"))] == [
        True,
        False,
        True,
        False,
        False,
    ]
    with pytest.raises(Forbidden):
        viewer.need("leads", "convert")


async def test_revoked_key_is_rejected_and_stays_in_the_list(db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Partner")
    await keys.revoke_key(db, workspace, made.record.id)
    with pytest.raises(CredentialRejected):
        await Credentials(db).viewer(made.text)
    (listed,) = await keys.list_keys(db, workspace)
    assert (listed.name, listed.prefix, listed.revoked_at is not None) == ("Partner", made.record.prefix, True)


async def test_keys_of_another_workspace_are_neither_listed_nor_revoked(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    made = await keys.create_key(db, other_workspace, "Theirs")
    assert await keys.list_keys(db, workspace) == []
    with pytest.raises(NotFound):
        await keys.revoke_key(db, workspace, made.record.id)
    assert (await Credentials(db).viewer(made.text)).workspace == other_workspace


async def test_key_functions_refuse_a_workspace_other_than_the_transactions(db: Database, workspace: UUID, other_workspace: UUID) -> None:
    await keys.create_key(db, other_workspace, "Theirs")
    async with db.read(Actor.system(workspace)) as tx:
        assert await tx.fetch("SELECT * FROM lw_keys($1)", other_workspace) == []


@pytest.mark.parametrize("scope", ["", "leads", "leads:", "leads:read:all", "nothing:read", "leads read", "LEADS:read"])
async def test_malformed_scope_is_refused(db: Database, workspace: UUID, scope: str) -> None:
    with pytest.raises(BadScope):
        await keys.create_key(db, workspace, "Partner", [scope])
    assert await keys.list_keys(db, workspace) == []


async def test_giver_cannot_hand_on_more_than_they_have(db: Database, workspace: UUID) -> None:
    giver = Viewer.of_user(
        workspace, uuid7(), "Max", "MANAGER", {"*": {"verbs": ["read", "update"], "rows": "all"}, "deals": {"verbs": ["read"], "rows": "own"}}
    )
    for scope in ("*", "leads:*", "leads:convert", "*:update", "*:read", "deals:read", "apiKeys:read"):
        with pytest.raises(ScopeExceedsYours):
            await db.run(Actor.system(workspace), lambda tx, scope=scope: keys.create(tx, "k", [scope], giver=giver))
    made = await db.run(Actor.system(workspace), lambda tx: keys.create(tx, "k", ["leads:read", "people:update"], giver=giver))
    assert made.record.scopes == ("leads:read", "people:update")


async def test_what_a_key_was_before_is_told_and_one_bound_to_addresses_gives_none_that_is_wider(db: Database, workspace: UUID) -> None:
    system, bounds = Actor.system(workspace), Bounds(addresses=("203.0.113.0/24",))
    made = await keys.create_key(db, workspace, "Boss", ["*"], bounds=bounds)
    await db.run(system, lambda tx: keys.update(tx, made.record.id, {"name": "Chief", "without": ("leads.budget",)}))
    async with db.read(system) as tx:
        told = await tx.value("SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'apiKey.updated'", tx.workspace)
    assert told == {"changes": {"name": ["Boss", "Chief"], "without": [None, ["leads.budget"]]}}
    giver = Viewer.of_key(workspace, made.record.id, "Boss", ["*"], bounds)
    blind, near = {"without": ("leads.budget",)}, {"addresses": ("203.0.113.9",)}
    wider: list[tuple[str, dict[str, Any]]] = [("addresses", {**blind, "addresses": one}) for one in ((), ("203.0.0.0/16",), ("203.0.113.9", "2001:db8::1"))]
    for field, given in (*wider, ("without_fields", near), ("without_fields", {**near, "without": ("leads.title",)})):
        with pytest.raises(BadBound) as refused:
            await db.run(system, lambda tx, given=given: keys.create(tx, "Wide", ["leads:read"], giver=giver, bounds=Bounds(**given)))
        assert refused.value.field == field
    narrow = await db.run(system, lambda tx: keys.create(tx, "Narrow", ["leads:read"], giver=giver, bounds=Bounds(**near, **blind)))
    with pytest.raises(BadBound):
        await db.run(system, lambda tx: keys.update(tx, narrow.record.id, {"addresses": ()}, giver))
    assert [one.name for one in await keys.list_keys(db, workspace)] == ["Narrow", "Chief"]


async def test_credential_is_remembered_for_five_seconds(db: Database, workspace: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    made, known = await keys.create_key(db, workspace, "Partner"), Credentials(db)
    now = [100.0]
    monkeypatch.setattr("leadwell.access.credentials.time.monotonic", lambda: now[0])
    await known.viewer(made.text)
    await keys.revoke_key(db, workspace, made.record.id)
    assert (await known.viewer(made.text)).workspace == workspace
    now[0] += 5.1
    with pytest.raises(CredentialRejected):
        await known.viewer(made.text)


class Counted(Database):
    """The same database, with how often it was asked for a credential."""

    looks = 0

    async def control(self, sql: str, *args: Any) -> list[Any]:
        self.looks += "lw_key(" in sql or "lw_session(" in sql
        return await super().control(sql, *args)


async def test_many_at_once_share_one_look_and_the_next_is_made_ahead_while_nobody_waits(
    db: Database, workspace: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, now = Counted(db.pool, db.client, db.ring), [100.0]
    made, known = await keys.create_key(db, workspace, "Partner"), Credentials(counted)
    monkeypatch.setattr("leadwell.access.credentials.time.monotonic", lambda: now[0])
    assert len({viewer.id for viewer in await asyncio.gather(*(known.viewer(made.text) for _ in range(20)))}) == 1
    assert counted.looks == 1
    now[0] += 4.5
    await known.viewer(made.text)
    (ahead,) = known._looking.values()
    await ahead
    now[0] += 3.5
    await known.viewer(made.text)
    assert (counted.looks, known._looking) == (2, {}), "it was remembered anew"
    await keys.revoke_key(db, workspace, made.record.id)
    now[0] += 1
    await known.viewer(made.text)
    (ahead,) = known._looking.values()
    with pytest.raises(CredentialRejected):
        await ahead
    with pytest.raises(CredentialRejected):
        await known.viewer(made.text)


async def test_a_look_under_way_does_not_bring_back_who_signed_out(db: Database, workspace: UUID) -> None:
    made, known = await keys.create_key(db, workspace, "Partner"), Credentials(db)
    under_way = asyncio.create_task(known.viewer(made.text))
    await asyncio.sleep(0)
    known.forget(made.text)
    await under_way
    assert (known._known, known._looking) == ({}, {})


async def test_wrong_credentials_are_looked_up_as_often_as_their_address_pays_for(db: Database, workspace: UUID) -> None:
    settings = load_settings({"LEADWELL_ANONYMOUS_COST_BUCKET": "35", "LEADWELL_ANONYMOUS_COST_RESTORE": "1"}, None)
    counted = Counted(db.pool, db.client, db.ring)
    known = Credentials(counted, Guesses(Meter(settings, None, lambda: 1_000.0)))
    made, wrong = await keys.create_key(db, workspace, "Partner"), [tokens.new_key("live")[0] for _ in range(8)]

    async def answer(token: str, address: str = "203.0.113.9") -> str:
        try:
            await known.viewer(token, address)
        except Refusal as refusal:
            return refusal.code
        return "IN"

    assert await answer(made.text) == "IN"
    assert [await answer(wrong[0]) for _ in range(3)] + [await answer("lw_live_nonsense")] == ["CREDENTIAL_REJECTED"] * 4
    assert counted.looks == 2, "what is nobody's is remembered"
    assert [await answer(one) for one in wrong[1:6]] == ["CREDENTIAL_REJECTED"] * 3 + ["RATE_LIMITED"] * 2
    assert (counted.looks, await answer(made.text), await answer(wrong[6], "203.0.113.10")) == (5, "IN", "CREDENTIAL_REJECTED")
    ours = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::5", "2001:db8:0:1::5"]
    told = [await answer(tokens.new_token(tokens.SESSION), address) for address in ours]
    assert told == ["CREDENTIAL_REJECTED"] * 4 + ["RATE_LIMITED", "CREDENTIAL_REJECTED"], "a network of IPv6 is one guesser"
    known._known[tokens.digest(made.text)] = (0.0, known._known[tokens.digest(made.text)][1])
    assert await answer(made.text) == "IN", "who was let in before is looked up, whatever others at the address did"


async def test_control_tables_are_closed_to_the_application(db: Database) -> None:
    found = await db.control(
        "SELECT t FROM unnest($1::text[]) t WHERE has_table_privilege(t, 'SELECT, INSERT, UPDATE, DELETE')",
        ["logins", "sessions", "api_keys", "api_key_secrets", "sign_in_links", "sign_in_flows", "sign_in_attempts", "form_keys"],
    )
    assert found == []


async def test_unknown_role_and_weak_password_are_refused(db: Database, workspace: UUID) -> None:
    with pytest.raises(RoleUnknown) as refused:
        await users.create_user(db, workspace, email=address(), name="Ana", role="KING")
    assert refused.value.fix == "Give the code of one: ADMIN, INTEGRATION, MANAGER, MARKETER, OWNER, READ_ONLY, SALES."
    with pytest.raises(PasswordTooWeak):
        await users.create_user(db, workspace, email=address(), name="Ana", password="short")


async def test_hash_is_argon2id_and_verification_needs_it() -> None:
    stored = await passwords.hashed(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches(stored, PASSWORD)
    assert not await passwords.matches(stored, PASSWORD + "x")
    assert not await passwords.matches(None, "nobody has this password")


def test_key_with_a_typo_needs_no_query() -> None:
    text, shown = tokens.new_key("live")
    assert tokens.is_key(text)
    assert text.startswith(shown)
    assert not tokens.is_key(text[:-1] + ("0" if text[-1] != "0" else "1"))
    assert not tokens.is_key("lw_live_" + "é" * 49)


def test_own_rows_and_hidden_fields_follow_from_the_role() -> None:
    grants = {
        "*": {"verbs": ["read"], "rows": "all"},
        "leads": {"verbs": ["read"], "rows": "own", "hide": ["contact_data"]},
        "deals": {"verbs": ["read"], "rows": "team"},
    }
    viewer = Viewer.of_user(uuid7(), uuid7(), "Ana", "CUSTOM", grants)
    assert viewer.own == {"Lead", "Deal"}
    assert {"Lead.email", "Lead.phone"} <= viewer.denied
    assert not any(path.startswith("Person.") for path in viewer.denied)


def test_team_and_own_rows_differ_by_verb_and_what_is_not_read_is_not_changed() -> None:
    grants = {
        "*": {"verbs": ["*"], "rows": "team"},
        "leads": {"verbs": ["*"], "rows": {"read": "all", "update": "team", "*": "own"}, "readonly": ["budget"]},
        "deals": {"verbs": ["*"], "rows": {"read": "own", "*": "all"}},
    }
    viewer = Viewer.of_user(uuid7(), uuid7(), "Ana", "CUSTOM", grants)
    reaches = {verb: [reach(viewer.doing(verb), noun) for noun in ("Lead", "Deal", "Contact", "Pipeline")] for verb in ("read", "update", "junk")}
    assert reaches == {
        "read": ["all", "own", "team", "all"], "update": ["team", "own", "team", "all"], "junk": ["own", "own", "team", "all"],
    }  # fmt: skip
    assert (viewer.fixed, viewer.denied) == ({"Lead.budget"}, frozenset())
    with pytest.raises(FieldNotYours) as refused:
        viewer.write("Lead", "budget", "leads.0.budget")
    assert (refused.value.field, refused.value.params["path"]) == ("leads.0.budget", "Lead.budget")
    assert not viewer.covers("leads", "read")
    assert not viewer.covers("contacts", "read")
    assert viewer.covers("pipelines", "read")


@pytest.mark.parametrize(("grant", "field"), [
    ({"verbs": ["read"], "rows": "mine"}, "grants.leads.rows"), ({"verbs": ["read"], "rows": {"look": "own"}}, "grants.leads.rows"),
    ({"verbs": ["read"], "rows": {"read": "some"}}, "grants.leads.rows"), ({"verbs": ["read"], "rows": ["own"]}, "grants.leads.rows"),
    ({"verbs": ["read"], "readonly": ["shoe_size"]}, "grants.leads.readonly"), ({"verbs": ["read"], "hide": "shoe_size"}, "grants.leads.hide"),
    ({"verbs": ["read"], "write": []}, "grants.leads"),
])  # fmt: skip
def test_grant_that_says_nothing_is_refused(grant: dict[str, Any], field: str) -> None:
    with pytest.raises(BadGrant) as refused:
        roles.checked({"leads": grant})
    assert refused.value.field == field


async def test_two_rotations_at_once_leave_two_live_secrets(db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Shop", ["leads:read"])

    async def rotate() -> str | KeyRotating:
        try:
            return (await db.run(Actor.system(workspace), lambda tx: keys.rotate(tx, made.record.id))).text
        except KeyRotating as refused:
            return refused

    new = [one for one in await asyncio.gather(rotate(), rotate(), rotate()) if isinstance(one, str)]
    (record,) = await keys.list_keys(db, workspace)
    assert [one.prefix for one in record.secrets] == [new[0][:16], made.text[:16]]
    assert len(new) == 1
    known = Credentials(db)
    assert [(await known.viewer(text)).id for text in (made.text, new[0])] == [record.id] * 2


async def test_what_a_key_did_is_judged_by_its_bounds_of_today(db: Database, workspace: UUID) -> None:
    made = await keys.create_key(db, workspace, "Shop", ["*"])
    await db.run(Actor.system(workspace), lambda tx: keys.update(tx, made.record.id, {"without": ("leads.budget",), "scopes": ("leads:read",)}))
    async with db.read(Actor.system(workspace)) as tx:
        viewer = await standing(tx, f"KEY:{made.record.id}")
    assert viewer is not None
    assert ("Lead.budget" in viewer.denied, viewer.may("leads", "read"), viewer.may("leads", "update")) == (True, True, False)


def test_creating_everything_does_not_create_keys_or_users() -> None:
    viewer = Viewer.of_user(uuid7(), uuid7(), "Mia", "MARKETER", {"*": {"verbs": ["read", "create", "update"], "rows": "all"}})
    assert viewer.may("campaigns", "create")
    assert viewer.may("users", "read")
    assert not any(viewer.may(noun, "create") for noun in ("apiKeys", "users", "roles", "webhookEndpoints"))
    assert not viewer.may("apiKeys", "read")
