"""The table of every setting: how its text is read, its default, and what it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadwell.base import setting_values as read

OUTSIDE = ("DATABASE_URL", "REDIS_URL", "SMTP_URL")
PREFIX = "LEADWELL_"


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
        Setting("pool_size", read.number(1, 500), "10", "Database connections of one process at most; the API has one or two more, for /ready and /metrics."),
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
        Setting("metrics_token", read.token, "", "The bearer token of /metrics, for Prometheus; without one /metrics is closed in production.", secret=True),
        Setting("otlp_url", _OTLP, "", "Where traces go (OTLP over HTTP); needs the extra leadwell[telemetry].", secret=True),
    )
}
