"""Every setting of the table, read from options, the environment, .env, the data directory or a default, and checked."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadwell.base import setting_values as read
from leadwell.base.refusals import Refusal
from leadwell.base.setting_sources import data_dir_values, default_data_dir, dotenv_values
from leadwell.base.setting_table import OUTSIDE, PREFIX, TABLE, Setting

PRODUCTION_NEEDS = ("secret_keys", "public_url", "outbound_epoch")


class UnknownSetting(Refusal):
    """There is no setting {name}."""


class WrongSetting(Refusal):
    """{name} {problem}."""


class MissingSetting(Refusal):
    """{name} is not set: {meaning}"""


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
    metrics_token: str = field(repr=False)
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
