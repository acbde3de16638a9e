"""Joins ports to adapters, once, at start-up."""

from dataclasses import dataclass
from typing import Any

from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool, tortoise_credentials
from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings
from leadwell.base.tx import Database


class WrongLogin(Refusal):
    """The database login "{login}" {why}; API and workers must not have such power."""

    fix = "Point DATABASE_URL at the role lw_app, and keep the owner's URL in LEADWELL_OWNER_DATABASE_URL."


class NotMigrated(Refusal):
    """The database lacks {count} migration(s) of this release: {names}."""

    fix = "Run `leadwell migrate` first."


@dataclass(slots=True)
class Kit:
    """What a process works with."""

    settings: Settings
    db: Database
    bell: Any
    live: Any
    mailer: Any
    webhooks: Any
    files: Any = None
    mailbox: Any = None
    ads: Any = None
    lookup: Any = None

    async def close(self) -> None:
        await self.db.close()
        for adapter in (self.bell, self.live, self.mailer, self.webhooks, self.files, self.mailbox, self.ads, self.lookup):
            if adapter is not None:
                await adapter.close()


async def open_kit(settings: Settings, name: str) -> Kit:
    """Opens everything a process of this installation needs, after checking that it may run at all."""
    from leadwell.base import secrets
    from leadwell.outside.arq_bell import ArqBell
    from leadwell.outside.lead_ads import VendorAds
    from leadwell.outside.lookups import Lookups
    from leadwell.outside.redis_live import RedisLive
    from leadwell.outside.smtp import SmtpMailer
    from leadwell.outside.webhook_http import WebhookSender
    from models.registry import bind

    secrets.configure(settings.secret_keys)
    bell = ArqBell(settings.need("redis_url"))
    url = settings.need("database_url")
    client = await bind(tortoise_credentials(url))
    prepared = settings.prepared_statements == "on"
    pool = await open_pool(url, size=settings.pool_size, name=name, custom_plans=name.endswith("worker"), prepared=prepared)
    db = Database(pool, client, ring=bell.ring)
    try:
        await check(db)
        if prepared:    # without, a statement is two messages, which a pooler may send two servers
            await db.be_brief()
    except BaseException:
        await db.close()
        raise
    loopback = not settings.production
    mailer, hooks = SmtpMailer(settings), WebhookSender(allow_loopback=loopback)
    return Kit(
        settings, db, bell, RedisLive(settings.redis_url), mailer, hooks, files_of(settings), mailbox_of(settings), VendorAds(allow_loopback=loopback),
        Lookups(allow_loopback=loopback))


def files_of(settings: Settings) -> Any:
    """The file store of the settings: a bucket, or the data directory."""
    if settings.files_url:
        from leadwell.outside.files_s3 import S3Files

        return S3Files(settings.files_url)
    from leadwell.outside.files_disk import DiskFiles

    return DiskFiles(settings.data_dir / "files")


def mailbox_of(settings: Settings) -> Any:
    """The mailbox that leads are fetched from, if there is one."""
    if not settings.inbox_url:
        return None
    from leadwell.outside.imap import ImapMailbox

    return ImapMailbox(settings.inbox_url)


async def check(db: Database) -> None:
    """Refuses a login that could pass row security, and a database of another release."""
    row = (await db.control(
        "SELECT current_user AS login, r.rolsuper, r.rolbypassrls, "
        "EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
        "AND pg_has_role(current_user, c.relowner, 'USAGE')) AS owns "
        "FROM pg_roles r WHERE r.rolname = current_user"))[0]
    why = "is a superuser" if row["rolsuper"] else "bypasses row security" if row["rolbypassrls"] else "owns tables" if row["owns"] else ""
    if why:
        raise WrongLogin(login=row["login"], why=why)
    from leadwell.migrations import pending

    async with db.pool.acquire() as connection:
        missing = await pending(connection)
    if missing:
        raise NotMigrated(count=len(missing), names=", ".join(missing))


def robot(workspace: Any) -> Actor:
    return Actor.system(workspace)
