"""Migrations: Tortoise's tool runs and remembers them; what they do is SQL in `sql/`."""

import re
from pathlib import Path

SQL = Path(__file__).parent / "sql"
CONTROL = frozenset({
    "workspaces", "logins", "sessions", "sign_in_links", "sign_in_flows", "api_keys", "api_key_secrets", "form_keys", "feed_keys", "enrichment_keys",
    "worker_beats", "sign_in_attempts", "outbound", "outbound_tide",
})
TENANT_TABLES = (
    frozenset(name for file in sorted(SQL.glob("*.sql")) for name in re.findall(r"^CREATE TABLE (\w+) \(", file.read_text(), re.MULTILINE))
    - CONTROL
)
