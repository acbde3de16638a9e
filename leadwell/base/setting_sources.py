"""Where settings are found besides the environment: a .env file and the data directory of `leadwell up`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

KEPT = ("secret_keys", "outbound_epoch")
LIVE = ("database_url", "owner_database_url", "redis_url", "smtp_url", "public_url")


def default_data_dir(env: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/leadwell")
    base = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME") or Path.home()) / ".local/share")
    return Path(base) / "leadwell"


def dotenv_values(path: Path | None) -> dict[str, str]:
    """NAME=value lines; `export`, comments and matching quotes are understood, nothing is expanded."""
    if path is None or not path.is_file():
        return {}
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def data_dir_values(path: Path) -> dict[str, str]:
    """By field: secrets that stay, and addresses while the process that wrote them lives."""
    kept, live = _json(path / "secrets.json"), _json(path / "run" / "urls.json")
    found = {name: kept[name] for name in KEPT if kept.get(name)}
    if _alive(live.get("pid", "")):
        found |= {name: live[name] for name in LIVE if live.get(name)}
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _json(path: Path) -> dict[str, str]:
    try:
        return {str(key): str(value) for key, value in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
