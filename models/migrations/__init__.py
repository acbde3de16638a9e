"""Migrations: Tortoise's tool runs them; what they do is SQL in `sql/`, and the database remembers the digest of what was run."""

import hashlib
import re
from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"
FILES = {
    "0001_pre_foundation": (
        "0001_control", "0002_people", "0003_marketing", "0004_leads", "0005_timeline", "0006_nurture", "0007_scoring", "0008_work", "0009_security",
        "0010_functions", "0011_access", "0012_capture", "0013_search", "0014_dedupe", "0015_merging", "0016_records", "0017_timeline",
        "0018_transfer", "0019_forms", "0020_conversion", "0021_changes", "0022_enrichment", "0023_scoring", "0024_assignment", "0025_automation",
        "0026_sequences", "0027_pressure", "0028_mail", "0029_content", "0030_sandbox", "0031_signin", "0032_policy", "0033_audit", "0034_privacy",
        "0035_webhooks", "0036_outbound", "0037_statistics",
    ),
}
CONTROL = frozenset({
    "workspaces", "logins", "sessions", "sign_in_links", "sign_in_flows", "api_keys", "api_key_secrets", "form_keys", "feed_keys", "enrichment_keys",
    "worker_beats", "sign_in_attempts", "outbound", "outbound_tide", "migrations",
})
TENANT_TABLES = (
    frozenset(name for file in sorted(SQL.glob("*.sql")) for name in re.findall(r"^CREATE TABLE (\w+) \(", file.read_text("utf-8"), re.MULTILINE))
    - CONTROL
)


def texts(name: str) -> tuple[str, ...]:
    """The SQL of a migration, file by file; the same on every machine, or its digest would not be."""
    return tuple((SQL / f"{file}.sql").read_text("utf-8") for file in FILES[name])


@cache
def digest(name: str) -> str:
    """SHA-256 over the SQL of a migration, hexadecimal."""
    return hashlib.sha256("\0".join(texts(name)).encode()).hexdigest()


def statements(name: str) -> tuple[str, ...]:
    """What a migration runs in its one transaction: its SQL, and the row that says that it was run, and with which text."""
    return *texts(name), f"INSERT INTO migrations (name, digest, applied_at) VALUES ('{name}', '{digest(name)}', clock_timestamp())"
