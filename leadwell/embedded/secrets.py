"""The secrets of one machine: made once into the data directory, readable by its owner alone."""

import base64
import json
import secrets as random
from dataclasses import asdict, dataclass

from leadwell.embedded.directory import DataDirectory, write_private
from leadwell.embedded.refusals import DataDirectoryUnusable


@dataclass(frozen=True, slots=True)
class Secrets:
    """The key ring, the outbound epoch and the passwords of the embedded servers."""

    secret_keys: str
    outbound_epoch: str
    admin_password: str
    owner_password: str
    app_password: str
    redis_password: str


def ensure_secrets(directory: DataDirectory) -> Secrets:
    """The secrets found, or new ones; a database whose passwords are lost is refused, never re-made."""
    if directory.secrets.exists():
        return _read(directory)
    if (directory.postgres / "PG_VERSION").exists():
        raise _unusable(directory, "secrets.json is missing while its database exists")
    made = Secrets(
        secret_keys=f"k1:{base64.b64encode(random.token_bytes(32)).decode()}",
        outbound_epoch=random.token_hex(16),
        admin_password=random.token_urlsafe(24),
        owner_password=random.token_urlsafe(24),
        app_password=random.token_urlsafe(24),
        redis_password=random.token_urlsafe(24),
    )
    write_private(directory.secrets, asdict(made))
    return made


def _read(directory: DataDirectory) -> Secrets:
    try:
        found = json.loads(directory.secrets.read_text())
        return Secrets(**{name: str(found[name]) for name in Secrets.__slots__})
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _unusable(directory, f"secrets.json cannot be read ({type(fault).__name__})") from fault


def _unusable(directory: DataDirectory, reason: str) -> DataDirectoryUnusable:
    return DataDirectoryUnusable(
        path=directory.path,
        reason=reason,
        fix="Restore secrets.json from your backup, or choose an empty directory with --data-dir.",
    )
