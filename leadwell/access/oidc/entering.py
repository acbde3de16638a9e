"""Who comes in by what an identity provider says: known by issuer and subject, else by verified address or as a new user, where the workspace wants it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from leadwell.access import users
from leadwell.access.oidc.claims import Claims
from leadwell.access.oidc.providers import Provider, of_workspace
from leadwell.access.oidc.refusals import DomainRefused, NotInvited
from leadwell.access.refusals import ChooseWorkspace
from leadwell.access.sessions import Client, Opened, normalized, open_session
from leadwell.base.actor import Actor
from leadwell.base.settings import Settings
from leadwell.base.tx import Database, Tx

TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('identity' || $1::uuid::text || $2::text || chr(31) || $3::text, 0))"
KNOWN = "SELECT i.user_id FROM identities i WHERE i.workspace_id = $1 AND i.issuer = $2 AND i.subject = $3"
LINK = (
    "INSERT INTO identities AS i (workspace_id, issuer, subject, user_id, email, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $6) "
    "ON CONFLICT (workspace_id, issuer, subject) DO UPDATE SET email = coalesce(EXCLUDED.email, i.email), used_at = EXCLUDED.used_at RETURNING i.user_id"
)
SAME_ADDRESS = "SELECT u.id, u.archived_at FROM users u JOIN lw_login_state($1, $2) l ON l.id = u.login_id WHERE u.workspace_id = $1"
LOGIN = "SELECT u.login_id FROM users u WHERE u.workspace_id = $1 AND u.id = $2 AND u.archived_at IS NULL"


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody at the door: who they are, by which provider, and into which workspace they want (None: whichever knows them)."""

    claims: Claims
    provider: Provider
    workspace: UUID | None = None


async def enter(db: Database, entry: Entry, client: Client, settings: Settings) -> Opened:
    """A session in the one workspace that lets them in. NotInvited, DomainRefused; ChooseWorkspace where there are several."""
    places = [entry.workspace] if entry.workspace else await _places(db, entry.claims)
    refused: NotInvited | DomainRefused = NotInvited()
    admitted: list[tuple[UUID, UUID]] = []
    for place in places:
        try:
            admitted.append((place, await db.run(Actor.system(place), lambda tx: admit(tx, entry, settings), replayable=True)))
        except (NotInvited, DomainRefused) as no:
            refused = no
    if not admitted:
        raise refused
    if len(admitted) > 1:
        raise await _choice(db, [place for place, _ in admitted])
    place, login = admitted[0]
    return await open_session(db, login, place, "OIDC", client)


async def admit(tx: Tx, entry: Entry, settings: Settings) -> UUID:
    """The login of whom the transaction's workspace lets in. NotInvited, DomainRefused."""
    claims, provider = entry.claims, await _allowed(tx, entry.provider, settings)
    domain = (claims.email or "").rpartition("@")[2].lower()
    if provider.domains and domain not in provider.domains:
        raise DomainRefused(domain=domain or "an unknown domain")
    await tx.execute(TURNS, tx.workspace, claims.issuer, claims.subject)
    user = await tx.value(KNOWN, tx.workspace, claims.issuer, claims.subject) or await _by_address(tx, claims, provider)
    if user is None:
        raise NotInvited()
    login = await tx.value(LOGIN, tx.workspace, await link(tx, claims, user))
    if login is None:
        raise NotInvited()
    return login


async def link(tx: Tx, claims: Claims, user: UUID) -> UUID:
    """From now on, whom the issuer knows so is that user; who it was already, where somebody was faster."""
    email = normalized(claims.email) if claims.email else None
    return await tx.value(LINK, tx.workspace, claims.issuer, claims.subject, user, email, await tx.now())


async def _allowed(tx: Tx, provider: Provider, settings: Settings) -> Provider:
    """The provider with what the workspace allows it; the installation's own brings in only whom the workspace knows, unless it says more."""
    found = next((one for one in await of_workspace(tx, settings) if one.issuer == provider.issuer and one.client_id == provider.client_id), None)
    if found is None and provider.id is not None:   # taken away while somebody was on their way
        raise NotInvited()
    return found or replace(provider, id=None)


async def _by_address(tx: Tx, claims: Claims, provider: Provider) -> UUID | None:
    """The user with the verified address, or one made for it, as far as the workspace allows either."""
    if claims.email is None:
        return None
    email = normalized(claims.email)
    row = await tx.row(SAME_ADDRESS, tx.workspace, email)
    if row is not None:
        return row["id"] if provider.link_by_email and row["archived_at"] is None else None
    if provider.role is None:
        return None
    return await users.create(tx, email=email, name=claims.name or email.partition("@")[0], role=provider.role)


async def _places(db: Database, claims: Claims) -> Sequence[UUID]:
    """Workspaces that know somebody by issuer and subject, and those in which their verified address works."""
    found = [row["workspace_id"] for row in await db.control("SELECT * FROM lw_identities($1, $2)", claims.issuer, claims.subject)]
    login = await db.control("SELECT id FROM lw_login($1)", normalized(claims.email)) if claims.email else []
    more = await db.control("SELECT * FROM lw_memberships($1)", login[0]["id"]) if login else []
    return list(dict.fromkeys([*found, *(row["workspace_id"] for row in more)]))


async def _choice(db: Database, places: Sequence[UUID]) -> ChooseWorkspace:
    slugs = sorted([(await db.control("SELECT w.slug FROM lw_workspace($1) w", place))[0]["slug"] for place in places])
    return ChooseWorkspace(field="workspace", fix=f"Send its slug as workspace: {', '.join(slugs)}.", workspaces=slugs)
