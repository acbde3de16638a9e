"""Identity providers: the installation's, by settings, and each workspace's own, with what it allows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import events
from leadwell.access.oidc.refusals import BadProvider
from leadwell.access.refusals import RoleExceedsYours, RoleUnknown
from leadwell.access.viewer import Viewer
from leadwell.base import secrets
from leadwell.base.identity import ascii_domain, clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.setting_values import WrongValue
from leadwell.base.setting_values import issuer as read_issuer
from leadwell.base.settings import Settings
from leadwell.base.tx import Tx

PURPOSE = "oidc-secret"
MOST_DOMAINS = 100
EVERYTHING: Mapping[str, Any] = {"*": {"verbs": ["*"], "rows": "all"}}
ROWS = (
    "SELECT p.id, p.name, p.issuer, p.client_id, p.secret_key_id, p.secret_ciphertext, p.domains, p.link_by_email, p.created_at, p.version, p.role_id, "
    "r.code AS role FROM identity_providers p LEFT JOIN roles r ON r.workspace_id = $1 AND r.id = p.role_id AND r.archived_at IS NULL "
    "WHERE p.workspace_id = $1 AND p.archived_at IS NULL"
)
SAID = "SELECT p.id FROM identity_providers p WHERE p.workspace_id = $1 AND p.issuer = $2 AND p.archived_at IS NULL"
REMOVED = (
    "UPDATE identity_providers SET archived_at = $3, updated_at = $3, secret_key_id = NULL, secret_ciphertext = NULL WHERE workspace_id = $1 AND id = $2"
)


@dataclass(frozen=True, slots=True)
class Provider:
    """One that people come in by. `id` None: the installation's, by which nobody is linked or made. `domains`: none means all."""

    name: str
    issuer: str
    client_id: str
    id: UUID | None = None
    sealed: tuple[str, bytes] | None = field(default=None, repr=False)
    plain: str | None = field(default=None, repr=False)
    domains: frozenset[str] = frozenset()
    link_by_email: bool = False
    role: str | None = None

    def secret(self) -> str | None:
        return self.plain if self.sealed is None else secrets.decrypt(PURPOSE, *self.sealed).decode()


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """One as a list shows it: never its secret."""

    id: UUID
    name: str
    issuer: str
    client_id: str | None
    domains: tuple[str, ...]
    link_by_email: bool
    role: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a workspace says of an identity provider. `client_id` None: the installation's own client; `secret` None: the one it has."""

    issuer: str
    name: str
    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    domains: Sequence[str] = ()
    link_by_email: bool = False
    role: str | None = None


def installed(settings: Settings) -> Provider | None:
    """The installation's own, if there is one."""
    if not settings.oidc_issuer:
        return None
    return Provider(settings.oidc_name, settings.oidc_issuer, settings.oidc_client_id, plain=settings.oidc_client_secret or None)


async def of_workspace(tx: Tx, settings: Settings) -> list[Provider]:
    """Those of a workspace, by name. One that goes by the installation's client is left out when that is gone."""
    found = await tx.fetch(f"{ROWS} ORDER BY p.name, p.id", tx.workspace)
    return [provider for row in found if (provider := _provider(dict(row), installed(settings)))]


def _provider(row: Mapping[str, Any], ours: Provider | None) -> Provider | None:
    of: dict[str, Any] = {"id": row["id"], "domains": frozenset(row["domains"]), "link_by_email": row["link_by_email"], "role": row["role"]}
    if row["client_id"] is not None:
        sealed = (row["secret_key_id"], row["secret_ciphertext"]) if row["secret_key_id"] else None
        return Provider(row["name"], row["issuer"], row["client_id"], sealed=sealed, **of)
    if ours is None or ours.issuer != row["issuer"]:
        return None
    return Provider(row["name"], ours.issuer, ours.client_id, plain=ours.plain, **of)


async def listed(tx: Tx) -> list[ProviderRecord]:
    """Those that a workspace has."""
    return [_record(dict(row)) for row in await tx.fetch(f"{ROWS} ORDER BY p.name, p.id", tx.workspace)]


async def put(tx: Tx, wanted: Wanted, settings: Settings, *, giver: Viewer | None = None) -> UUID:
    """Keeps what is said of an issuer, the first time and every later one. Whoever says who may come in could come in as anybody, so it takes all
    there is to be allowed. BadProvider, RoleUnknown, RoleExceedsYours."""
    if giver and not giver.covers_role(EVERYTHING):
        raise RoleExceedsYours(field="issuer", role="OWNER")
    values = await _checked(tx, wanted, settings)
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('providers' || $1::uuid::text, 0))", tx.workspace)
    known = await tx.value(SAID, tx.workspace, wanted.issuer)
    before = (await tx.row(f"{ROWS} AND p.id = $2", tx.workspace, known) if known else None) or dict[str, Any]()
    id, named, now = known or uuid7(), [*values], await tx.now()
    if known:
        sets = "".join(f", {name} = ${i}" for i, name in enumerate(named, start=4))
        sql = f"UPDATE identity_providers SET version = version + 1, updated_at = $3{sets} WHERE workspace_id = $1 AND id = $2"
    else:
        marks = "".join(f", ${i}" for i in range(4, 4 + len(named)))
        sql = f"INSERT INTO identity_providers (workspace_id, id, created_at, updated_at, {', '.join(named)}) VALUES ($1, $2, $3, $3{marks})"
    await tx.execute(sql, tx.workspace, id, now, *values.values())
    said: dict[str, Any] = {"name": values["name"], "client_id": values["client_id"], "domains": values["domains"], "link_by_email": wanted.link_by_email,
                            "role": wanted.role}  # fmt: skip
    said |= {name: value for name, value in values.items() if name == "secret_ciphertext"}
    changes = {name: [before.get(name), after] for name, after in said.items() if before.get(name) != after}
    told = {"issuer": wanted.issuer, "changes": events.told(changes)}
    await events.note(tx, "identityProvider.updated" if known else "identityProvider.created", "IdentityProvider", id, data=told)
    return id


async def remove(tx: Tx, id: UUID, *, giver: Viewer | None = None) -> UUID:
    """Nobody comes in by it any more; who is signed in stays. Doing it twice is fine. NotFound, RoleExceedsYours."""
    if giver and not giver.covers_role(EVERYTHING):
        raise RoleExceedsYours(field="id", role="OWNER")
    row = await tx.row("SELECT p.issuer, p.archived_at FROM identity_providers p WHERE p.workspace_id = $1 AND p.id = $2 FOR UPDATE", tx.workspace, id)
    if row is None:
        raise NotFound(field="id", noun="identity provider")
    if row["archived_at"] is None:
        await tx.execute(REMOVED, tx.workspace, id, await tx.now())
        await events.note(tx, "identityProvider.removed", "IdentityProvider", id, data={"issuer": row["issuer"]})
    return id


async def _checked(tx: Tx, wanted: Wanted, settings: Settings) -> dict[str, Any]:
    """Columns and values. A secret that is not given stays."""
    name = clean(wanted.name)
    try:
        plain = bool(wanted.issuer and read_issuer(wanted.issuer)) and (not settings.production or urlsplit(wanted.issuer).scheme == "https")
    except WrongValue:
        plain = False
    for field_, value, what, good in (
        ("issuer", wanted.issuer, "issuer", plain), ("name", wanted.name, "name", bool(name)),
        ("client_id", wanted.client_id, "client id", wanted.client_id is None or (wanted.client_id.isprintable() and bool(wanted.client_id.strip()))),
    ):  # fmt: skip
        if not good:
            raise BadProvider(field=field_, value=f'"{str(value)[:100]}"', what=what)
    if wanted.client_id is None and wanted.issuer != settings.oidc_issuer:
        fix = "Leave it out for the installation's own provider alone (LEADWELL_OIDC_ISSUER)."
        raise BadProvider(field="client_id", value="Nothing", what="client id", fix=fix)
    values: dict[str, Any] = {
        "name": name, "issuer": wanted.issuer, "client_id": wanted.client_id, "domains": _domains(wanted.domains), "link_by_email": wanted.link_by_email,
        "role_id": await _role(tx, wanted.role)}
    if wanted.secret or wanted.client_id is None:
        key_id, sealed = secrets.encrypt(PURPOSE, wanted.secret.encode()) if wanted.secret else (None, None)
        values |= {"secret_key_id": key_id, "secret_ciphertext": sealed}
    return values


def _domains(given: Sequence[str]) -> list[str]:
    found: list[str] = []
    for i, text in enumerate(given):
        domain = ascii_domain(text.strip().lower().removeprefix("@"))
        if not domain or "." not in domain or i >= MOST_DOMAINS:
            fix = f"Give names such as example.com, {MOST_DOMAINS} at most."
            raise BadProvider(field=f"domains.{i}", value=f'"{text[:100]}"', what="e-mail domain", fix=fix)
        found.append(domain)
    return sorted(set(found))


async def _role(tx: Tx, code: str | None) -> UUID | None:
    if code is None:
        return None
    rows = await tx.fetch("SELECT r.id, r.code FROM roles r WHERE r.workspace_id = $1 AND r.archived_at IS NULL ORDER BY r.code", tx.workspace)
    known = {row["code"]: row["id"] for row in rows}
    if code not in known:
        raise RoleUnknown(field="role", role=code[:60], fix=f"Give the code of one: {', '.join(known)}.")
    return known[code]


def _record(row: Mapping[str, Any]) -> ProviderRecord:
    return ProviderRecord(
        row["id"], row["name"], row["issuer"], row["client_id"], tuple(row["domains"]), row["link_by_email"], row["role"], row["created_at"])
