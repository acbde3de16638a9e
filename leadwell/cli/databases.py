"""Brings a database to where API and workers can use it: roles when an administrator is given, then migrations."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings


class LoginMismatch(Refusal):
    """{name} must log in as {role} with a password."""


async def prepare(settings: Settings, say: Callable[[str], None]) -> list[str]:
    """Returns the migrations applied; without the owner's login nothing is done, and said."""
    if settings.admin_database_url:
        await make_roles(settings)
        say("Roles and database are there")
    if not settings.owner_database_url:
        say("LEADWELL_OWNER_DATABASE_URL is not set, so migrations were not run")
        return []
    from leadwell.migrations import migrate

    told: set[str] = set()

    def tell(name: str) -> None:
        if name not in told:
            told.add(name)
            say(f"Migrating: {name}")

    applied = await migrate(settings.owner_database_url, progress=tell)
    say(f"Database is up to date ({len(applied)} applied)" if applied else "Database is up to date")
    return applied


async def make_roles(settings: Settings) -> None:
    """Makes lw_owner, lw_app and the database their two URLs name, through LEADWELL_ADMIN_DATABASE_URL."""
    from leadwell.embedded.roles import bootstrap

    database = urlsplit(settings.need("database_url")).path.lstrip("/")
    await bootstrap(
        settings.need("admin_database_url"),
        owner_password=_password(settings.need("owner_database_url"), "LEADWELL_OWNER_DATABASE_URL", "lw_owner"),
        app_password=_password(settings.need("database_url"), "DATABASE_URL", "lw_app"),
        database=unquote(database),
    )


def _password(url: str, name: str, role: str) -> str:
    parts = urlsplit(url)
    if parts.username != role or not parts.password:
        fix = f"Write it like postgresql://{role}:PASSWORD@HOST/leadwell."
        raise LoginMismatch(name=name, role=role, fix=fix)
    return unquote(parts.password)
