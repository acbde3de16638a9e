"""Makes Leadwell's roles and its database through any administrator's connection; every step may be repeated."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg


@dataclass(frozen=True, slots=True)
class Logins:
    """The two URLs that bootstrap leaves behind: one to migrate with, one for API and workers."""

    owner_database_url: str
    database_url: str


async def bootstrap(admin_url: str, *, owner_password: str, app_password: str, database: str = "leadwell") -> Logins:
    """Roles, passwords and database; `admin_url` is a superuser or a role with CREATEROLE and CREATEDB."""
    admin = await asyncpg.connect(admin_url)
    try:
        await bootstrap_roles(admin, owner_password=owner_password, app_password=app_password)
        await create_database(admin, database)
    finally:
        await admin.close()
    return Logins(
        owner_database_url=login_url(admin_url, "lw_owner", owner_password, database),
        database_url=login_url(admin_url, "lw_app", app_password, database),
    )


async def bootstrap_roles(admin: "asyncpg.Connection[Any]", *, owner_password: str, app_password: str) -> None:
    async with admin.transaction():
        await admin.execute(_roles_sql())
        await admin.execute(f"ALTER ROLE lw_owner PASSWORD {_literal(owner_password)}")
        await admin.execute(f"ALTER ROLE lw_app PASSWORD {_literal(app_password)}")


async def create_database(admin: "asyncpg.Connection[Any]", name: str, *, template: str | None = None) -> bool:
    """A database of `lw_owner` that only `lw_app` may enter besides; False when it was there already."""
    if await admin.fetchval("SELECT true FROM pg_catalog.pg_database WHERE datname = $1", name):
        return False
    if not await admin.fetchval("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"):
        await admin.execute("GRANT lw_owner TO CURRENT_USER")
    source = f" TEMPLATE {_identifier(template)}" if template else ""
    await admin.execute(f"CREATE DATABASE {_identifier(name)} OWNER lw_owner{source}")
    await admin.execute(f"REVOKE ALL ON DATABASE {_identifier(name)} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {_identifier(name)} TO lw_app")
    return True


def login_url(admin_url: str, role: str, password: str, database: str) -> str:
    """The administrator's URL with another login and database: same server, same options."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        ("postgresql", f"{quote(role)}:{quote(password, safe='')}@{place}", f"/{database}", parts.query, "")
    )


def _roles_sql() -> str:
    return Path(__file__).with_name("roles.sql").read_text()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
