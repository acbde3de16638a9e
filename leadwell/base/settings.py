"""Every setting in one table, read from options, the environment, .env, the data directory or a default, and checked."""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadwell.base import setting_values as read
from leadwell.base.refusals import Refusal
from leadwell.base.setting_sources import data_dir_values, default_data_dir, dotenv_values

OUTSIDE = ("DATABASE_URL", "REDIS_URL", "SMTP_URL")
PREFIX = "LEADWELL_"
PRODUCTION_NEEDS = ("secret_keys", "public_url", "outbound_epoch")


class UnknownSetting(Refusal):
    """There is no setting {name}."""


class WrongSetting(Refusal):
    """{name} {problem}."""


class MissingSetting(Refusal):
    """{name} is not set: {meaning}"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table: how a value is read, its default, and what it means."""

    field: str
    read: Callable[[str], Any]
    default: str
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        name = self.field.upper()
        return name if name in OUTSIDE else PREFIX + name


_POSTGRES = read.url("postgresql", "postgres", example="postgresql://user:password@host:5432/leadwell")
_REDIS = read.url("redis", "rediss", "unix", example="redis://host:6379/0")
_S3 = read.url("s3", "s3+http", example="s3://key:secret@s3.eu-central-1.amazonaws.com/bucket?region=eu-central-1")
_IMAP = read.url("imaps", "imap", example="imaps://user:password@host/INBOX")
_OTLP = read.url("http", "https", example="http://collector:4318")
_SMTP = read.url("smtp", "smtps", example="smtp://user:password@host:587")

TABLE: Mapping[str, Setting] = {
    row.field: row
    for row in (
        Setting("database_url", _POSTGRES, "", "PostgreSQL for API and workers, as the login lw_app.", secret=True),
        Setting("owner_database_url", _POSTGRES, "", "The same database as lw_owner, for migrations.", secret=True),
        Setting("admin_database_url", _POSTGRES, "", "An administrator, only to make the roles once.", secret=True),
        Setting("redis_url", _REDIS, "", "Redis or Valkey that wakes the workers.", secret=True),
        Setting("smtp_url", _SMTP, "", "The mail server that takes outgoing mail.", secret=True),
        Setting("inbox_url", _IMAP, "", "A mailbox that leads are fetched from; each feed of kind EMAIL has an address in it.", secret=True),
        Setting("files_url", _S3, "", "A bucket for attached files; else they are kept in the data directory.", secret=True),
        Setting("secret_keys", read.key_ring, "", "Key ring: the first key hashes addresses and stays, the last encrypts, all decrypt.", secret=True),
        Setting("outbound_epoch", read.text, "", "Must equal the database's, or nothing is sent.", secret=True),
        Setting("data_dir", read.path, "", "Where `leadwell up` keeps everything of this machine."),
        Setting("host", read.text, "127.0.0.1", "The address the API listens on."),
        Setting("port", read.number(0, 65535), "8000", "The port the API listens on; 0 picks a free one."),
        Setting("environment", read.choice("development", "production"), "development", "How strict to be."),
        Setting("public_url", read.public_url, "", "The address people and links use; else host and port."),
        Setting("origins", read.listed(read.origin), "", "Origins of single-page apps, separated by commas."),
        Setting("trusted_proxies", read.listed(read.network), "", "Networks whose X-Forwarded-For is believed."),
        Setting("mail_from", read.sender, "Leadwell <mail@leadwell.localhost>", "Sender where no other is chosen."),
        Setting("private_hosts", read.listed(str.lower), "", "Mail servers outside the public internet that senders and inboxes may name in production."),
        Setting("mail_dir", read.file, "", "The folder under which inboxes of kind DIRECTORY have their Maildirs."),
        Setting("session_days", read.number(1, 365), "14", "How long somebody stays signed in at most."),
        Setting("session_idle_hours", read.number(1, 8760), "72", "After how many hours without use a session ends by itself."),
        Setting("oidc_issuer", read.issuer, "", "An identity provider (OpenID Connect) for everybody here: its issuer."),
        Setting("oidc_client_id", read.text, "", "Who this installation is at that provider."),
        Setting("oidc_client_secret", read.text, "", "Its secret there; none for a public client.", secret=True),
        Setting("oidc_name", read.text, "Single sign-on", "What the button of that provider says."),
        Setting("documents", read.file, "", "A manifest of trusted documents: JSON of Relay, Apollo or GraphQL Code Generator."),
        Setting("documents_only", read.choice("nobody", "strangers", "everybody"), "nobody", "In production, who may ask trusted documents only."),
        Setting("pool_size", read.number(1, 500), "10", "Database connections of one process at most."),
        Setting("prepared_statements", read.choice("on", "off"), "on", "Off behind a PgBouncer before 1.21, which cannot keep them."),
        Setting("body_kilobytes", read.number(1, 65_536), "1024", "How large a request may be; files go in piece by piece."),
        Setting("request_seconds", read.number(1, 600), "10", "How long an operation may take, and each of its statements."),
        Setting("drain_seconds", read.number(0, 300), "0", "How long the API, told to end, still serves while /ready says no: for load balancers."),
        Setting("waiting_requests", read.number(1, 10_000), "100", "Requests of one workspace that may wait in one process for a database connection."),
        Setting("document_tokens", read.number(100, 100_000), "5000", "Words and signs of one GraphQL document."),
        Setting("document_tokens_anonymous", read.number(100, 100_000), "1000", "The same where nobody is signed in."),
        Setting("document_depth", read.number(3, 100), "15", "Levels of one document."),
        Setting("document_aliases", read.number(0, 10_000), "30", "Aliases of one document."),
        Setting("document_root_fields", read.number(1, 1_000), "20", "Root fields of one document."),
        Setting("document_directives", read.number(0, 10_000), "50", "Directives of one document."),
        Setting("document_fields", read.number(10, 100_000), "2000", "Fields of one document, fragments spread out."),
        Setting("document_rows", read.number(10, 10**8), "100000", "Rows of one document: the product of page sizes along each branch, added up."),
        Setting("cost_limit", read.number(100, 10**9), "50000", "Points that one request may cost."),
        Setting("cost_bucket", read.number(100, 10**9), "50000", "Points that an API key or user may save up."),
        Setting("cost_restore", read.number(1, 10**9), "2500", "Points an API key or user gets back a second."),
        Setting("workspace_cost_bucket", read.number(100, 10**9), "200000", "Points that a workspace may save up."),
        Setting("workspace_cost_restore", read.number(1, 10**9), "10000", "Points a workspace gets back a second."),
        Setting("anonymous_cost_bucket", read.number(10, 10**9), "5000", "Points that an address may save up where nobody is signed in."),
        Setting("anonymous_cost_restore", read.number(1, 10**9), "100", "Points such an address gets back a second."),
        Setting("live_subscriptions", read.number(1, 10**6), "500", "Subscriptions that an API key or user may have open."),
        Setting("workspace_live_subscriptions", read.number(1, 10**6), "1000", "Subscriptions that a workspace may have open."),
        Setting("webhook_days", read.number(1, 365), "5", "Days without a delivery after which a webhook endpoint is disabled."),
        Setting("webhook_log_days", read.number(1, 3_650), "30", "Days for which deliveries of webhooks are kept, with their bodies."),
        Setting("file_megabytes", read.number(1, 5_000), "25", "How large an attached file may be."),
        Setting("log_level", read.choice("debug", "info", "warning", "error"), "info", "What is worth a log line."),
        Setting("log_format", read.choice("auto", "json", "text"), "auto", "How log lines are written; auto is JSON in production, text elsewhere."),
        Setting("log_requests", read.choice("auto", "all", "failed", "none"), "auto", "Requests with a log line; auto is all in production, failed elsewhere."),
        Setting("otlp_url", _OTLP, "", "Where traces go (OTLP over HTTP); needs the extra leadwell[telemetry].", secret=True),
    )
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What every process runs with; `sources` tells where each value came from."""

    database_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    admin_database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    smtp_url: str = field(repr=False)
    inbox_url: str = field(repr=False)
    files_url: str = field(repr=False)
    secret_keys: tuple[tuple[str, bytes], ...] = field(repr=False)
    outbound_epoch: str = field(repr=False)
    data_dir: Path
    host: str
    port: int
    environment: str
    public_url: str
    origins: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    mail_from: str
    private_hosts: tuple[str, ...]
    mail_dir: str
    session_days: int
    session_idle_hours: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_name: str
    documents: str
    documents_only: str
    pool_size: int
    prepared_statements: str
    body_kilobytes: int
    request_seconds: int
    drain_seconds: int
    waiting_requests: int
    document_tokens: int
    document_tokens_anonymous: int
    document_depth: int
    document_aliases: int
    document_root_fields: int
    document_directives: int
    document_fields: int
    document_rows: int
    cost_limit: int
    cost_bucket: int
    cost_restore: int
    workspace_cost_bucket: int
    workspace_cost_restore: int
    anonymous_cost_bucket: int
    anonymous_cost_restore: int
    live_subscriptions: int
    workspace_live_subscriptions: int
    webhook_days: int
    webhook_log_days: int
    file_megabytes: int
    log_level: str
    log_format: str
    log_requests: str
    otlp_url: str = field(repr=False)
    sources: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def traced(self) -> bool:
        """Whether traces are wanted, by our setting or by OpenTelemetry's own."""
        given = self.otlp_url or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        return bool(given) and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"

    @property
    def json_lines(self) -> bool:
        """Whether log lines are JSON."""
        return self.log_format == "json" or (self.log_format == "auto" and self.production)

    @property
    def told_requests(self) -> str:
        """Which requests get a log line: all, failed or none."""
        return self.log_requests if self.log_requests != "auto" else "all" if self.production else "failed"

    def need(self, name: str) -> str:
        """The text of a setting this process cannot do without; unset is a refusal that says what to do."""
        if not getattr(self, name):
            raise _missing(TABLE[name], f"Run `leadwell up`, or set {TABLE[name].variable}.")
        return read.plain(getattr(self, name))

    def shown(self, name: str) -> str:
        """A value as people may see it: passwords and keys are masked."""
        value = getattr(self, name)
        if name == "secret_keys":
            return ",".join(f"{key}:***" for key, _ in self.secret_keys)
        if name.endswith("_url"):
            return read.masked_url(value)
        return "***" if TABLE[name].secret and value else read.plain(value)

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables, for a process started from this one."""
        texts = {row.variable: read.plain(getattr(self, row.field)) for row in TABLE.values()}
        return {name: value for name, value in texts.items() if value}


def load_settings(env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), **overrides: Any) -> Settings:
    """Options win over the environment, it over `.env`, that over the data directory, and defaults come last."""
    env = os.environ if env is None else env
    layers = [("env", _ours(env)), (".env", _ours(dotenv_values(dotenv)))]
    for source, layer in layers:
        _refuse_unknown(layer, source)
    layers.insert(
        0, ("option", {TABLE[name].variable: read.plain(v) for name, v in overrides.items() if v is not None})
    )
    data_dir, _ = _find(TABLE["data_dir"], layers, str(default_data_dir(env)))
    there = data_dir_values(data_dir)
    if overrides.get("host") or overrides.get("port"):  # a second server, with an address of its own
        there.pop("public_url", None)
    layers.append(("data dir", {TABLE[name].variable: value for name, value in there.items()}))
    found = {row.field: _find(row, layers, row.default) for row in TABLE.values() if row.field != "data_dir"}
    found["data_dir"] = _find(TABLE["data_dir"], layers, str(default_data_dir(env)))
    values = {name: value for name, (value, _) in found.items()}
    values["public_url"] = values["public_url"] or f"http://{_in_url(values['host'])}:{values['port']}"
    settings = Settings(**values, sources={name: source for name, (_, source) in found.items()})
    _check_together(settings)
    return settings


def _find(row: Setting, layers: list[tuple[str, dict[str, str]]], default: str) -> tuple[Any, str]:
    """The first layer with a text for this setting, read; an empty text counts as none."""
    source, text = next(
        ((name, layer[row.variable]) for name, layer in layers if layer.get(row.variable, "").strip()),
        ("default", default),
    )
    try:
        return row.read(text.strip()), source
    except read.WrongValue as wrong:
        raise WrongSetting(field=row.field, name=row.variable, problem=wrong.problem, fix=wrong.fix) from None


def _check_together(settings: Settings) -> None:
    """What one value alone cannot show."""
    if settings.production:
        for row in (TABLE[name] for name in PRODUCTION_NEEDS):
            if settings.sources[row.field] == "default":
                raise _missing(row, f"Set {row.variable}: production has no default for it.")
    elif not read.is_loopback(settings.host):
        problem = f"is {settings.host}, which other machines can reach, and this is not production"
        fix = "Keep 127.0.0.1, or set LEADWELL_ENVIRONMENT=production and what it asks for."
        raise WrongSetting(field="host", name=TABLE["host"].variable, problem=problem, fix=fix)
    if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
        missing = TABLE["oidc_client_id" if settings.oidc_issuer else "oidc_issuer"]
        raise _missing(missing, f"Set {missing.variable} too: a provider needs both.")
    if settings.documents_only != "nobody" and not settings.documents:
        raise _missing(TABLE["documents"], f"Set LEADWELL_DOCUMENTS: {TABLE['documents_only'].variable} leaves nothing that may be asked.")


def _refuse_unknown(layer: Mapping[str, str], source: str) -> None:
    known = [row.variable for row in TABLE.values()]
    for name in layer:
        if name not in known:
            near = nearest(name)
            hint = f"Did you mean {near}? " if near else ""
            fix = f"{hint}It comes from {source}: correct or remove it; `leadwell config` lists all settings."
            raise UnknownSetting(name=name, fix=fix)


def nearest(name: str) -> str | None:
    """The variable most like a misspelt one; the prefix says nothing, for three names go without."""
    fields = [row.field.upper() for row in TABLE.values()]
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), fields, n=1)
    return TABLE[near[0].lower()].variable if near else None


def _missing(row: Setting, fix: str) -> MissingSetting:
    return MissingSetting(field=row.field, name=row.variable, meaning=row.meaning, fix=fix)


def _ours(layer: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in layer.items() if name.startswith(PREFIX) or name in OUTSIDE}


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
