"""Joins ports to adapters, once, at start-up."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from leadwell.base import tracing
from leadwell.base.actor import Actor
from leadwell.base.pool import Deadlines, open_pool, tortoise_credentials, watchers
from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings
from leadwell.base.turns import Turns
from leadwell.base.tx import Database


class WrongLogin(Refusal):
    """The database login "{login}" {why}; API and workers must not have such power."""

    fix = "Point DATABASE_URL at the role lw_app, and keep the owner's URL in LEADWELL_OWNER_DATABASE_URL."


class NotMigrated(Refusal):
    """The database lacks {count} migration(s) of this release: {names}."""

    fix = "Run `leadwell migrate` first."


WATCHED_S = 5   # how long a statement of whoever looks after a process may take


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom work may speak to outside."""

    mailer: Any = None
    webhooks: Any = None
    ads: Any = None
    lookup: Any = None


@dataclass(slots=True)
class Kit:
    """What a process works with. `sandbox`: whom the work of sandboxes may speak to; nobody, unless somebody is named."""

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
    sandbox: Reach = Reach()
    inboxes: Any = None
    issuers: Any = None
    rates: Any = None
    seats: Any = None
    tracer: Any = None
    watch: Database | None = None   # of the API: connections beside the pool, by which it can be asked how it does however busy it is
    kinds: dict[UUID, str] = field(default_factory=dict[UUID, str], repr=False)

    async def of(self, workspace: UUID) -> "Kit":
        """The kit for the work of a workspace: that of a sandbox speaks to nobody but whom `sandbox` names. A workspace never changes its kind."""
        if workspace not in self.kinds:
            rows = await self.db.control("SELECT w.kind FROM lw_workspace($1) w", workspace)
            self.kinds[workspace] = rows[0]["kind"]
        if self.kinds[workspace] == "LIVE":
            return self
        inside = self.sandbox
        return replace(self, mailer=inside.mailer, webhooks=inside.webhooks, ads=inside.ads, lookup=inside.lookup, mailbox=None, inboxes=None)

    async def close(self) -> None:
        await self.db.close()
        if self.watch is not None:
            await self.watch.close()
        if self.tracer is not None:
            await untrace(self.tracer)
        inside = self.sandbox
        for adapter in (
            self.bell, self.live, self.mailer, self.webhooks, self.files, self.mailbox, self.ads, self.lookup, self.issuers, self.rates, self.seats,
            inside.mailer, inside.webhooks, inside.ads, inside.lookup,
        ):
            if adapter is not None:
                await adapter.close()


async def open_kit(settings: Settings, name: str) -> Kit:
    """Opens everything a process of this installation needs, after checking that it may run at all."""
    from leadwell.base import secrets
    from leadwell.outside.arq_bell import ArqBell
    from leadwell.outside.inboxes import Inboxes
    from leadwell.outside.lead_ads import VendorAds
    from leadwell.outside.lookups import Lookups
    from leadwell.outside.oidc import HttpIssuers
    from leadwell.outside.redis_live import RedisLive
    from leadwell.outside.redis_rates import RedisRates
    from leadwell.outside.redis_seats import RedisSeats
    from models.registry import bind

    secrets.configure(settings.secret_keys)
    tracer = trace(settings, name)
    bell = ArqBell(settings.need("redis_url"))
    url = settings.need("database_url")
    client = await bind(tortoise_credentials(url))
    prepared = settings.prepared_statements == "on"
    asked = name.endswith("api")
    deadlines = Deadlines(settings.request_seconds, settings.request_seconds + 2) if asked else Deadlines()
    pool = await open_pool(url, size=settings.pool_size, name=name, custom_plans=name.endswith("worker"), prepared=prepared, deadlines=deadlines)
    db = Database(pool, client, ring=bell.ring)
    db.turns = Turns(settings.pool_size, settings.waiting_requests) if asked else None
    try:
        await check(db)
        if prepared:    # without, a statement is two messages, which a pooler may send two servers
            await db.be_brief()
        watch = await watching(settings, name) if asked else None
    except BaseException:
        await db.close()
        raise
    loopback = not settings.production
    return Kit(
        settings, db, bell, RedisLive(settings.redis_url), *carriers(settings, tracer), files_of(settings), mailbox_of(settings),
        VendorAds(allow_loopback=loopback), Lookups(allow_loopback=loopback), sandbox_reach(settings), inboxes=Inboxes(settings),
        issuers=HttpIssuers(allow_loopback=loopback), rates=RedisRates(settings.redis_url), seats=RedisSeats(settings.redis_url), tracer=tracer,
        watch=watch)


async def watching(settings: Settings, name: str) -> Database:
    """Up to two connections beside the pool, made when they are wanted first: whoever asks how a process does gets an answer while every connection
    of the pool is in use."""
    return Database(await open_pool(
        settings.need("database_url"), size=2, least=0, name=f"{name} watch", prepared=False, deadlines=Deadlines(WATCHED_S, WATCHED_S, WATCHED_S)))


def carriers(settings: Settings, tracer: Any) -> tuple[Any, Any]:
    """By what mail and webhooks leave, behind spans where there is a tracer."""
    from leadwell.outside.channel import Carriers, WebhookChannel
    from leadwell.outside.smtp import SmtpMailer
    from leadwell.outside.webhook_http import WebhookSender

    loopback = not settings.production
    mailer, hooks = Carriers(SmtpMailer(settings), WebhookChannel(allow_loopback=loopback)), WebhookSender(allow_loopback=loopback)
    if tracer is None:
        return mailer, hooks
    from leadwell.outside.telemetry.outgoing import TracedHooks, TracedMail

    return TracedMail(mailer, tracer), TracedHooks(hooks, tracer)


def trace(settings: Settings, name: str) -> Any:
    """A tracer that hears of every statement from now on, or None: without one, nothing of it is imported."""
    if not settings.traced:
        return None
    from leadwell.outside.telemetry import open_tracer

    found = open_tracer(settings, name.replace(" ", "-"))
    watchers.append(found.statement)
    tracing.markers.append(found.mark)
    return found


async def untrace(tracer: Any) -> None:
    """Sends what is left."""
    watchers.remove(tracer.statement)
    tracing.markers.remove(tracer.mark)
    await asyncio.to_thread(tracer.close)


def sandbox_reach(settings: Settings) -> Reach:
    """The development mailbox and servers of this machine; in production nobody at all."""
    from leadwell.embedded.mailbox import Mailbox
    from leadwell.outside import sandbox
    from leadwell.outside.lead_ads import VendorAds
    from leadwell.outside.lookups import Lookups
    from leadwell.outside.webhook_http import WebhookSender

    loopback = not settings.production
    resolver = sandbox.this_machine if loopback else sandbox.nobody
    return Reach(
        sandbox.KeptMail(Mailbox(settings.data_dir / "mailbox").keep if loopback else None),
        WebhookSender(allow_loopback=loopback, resolver=resolver), VendorAds(allow_loopback=loopback, resolver=resolver),
        Lookups(allow_loopback=loopback, resolver=resolver, hosts=sandbox.no_mail_hosts))


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

    async with db.lend() as connection:
        missing = await pending(connection)
    if missing:
        raise NotMigrated(count=len(missing), names=", ".join(missing))


def robot(workspace: Any) -> Actor:
    return Actor.system(workspace)
