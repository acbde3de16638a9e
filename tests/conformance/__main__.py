"""Runs every judge against `leadwell api`: `python -m tests.conformance [NAME …]`. Ends with 1 when one of them finds a fault."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.installation import installed
from tests.processes import short_directory

HERE = Path(__file__).parent
DEVELOPMENT = {
    "http": "GraphQL over HTTP (graphql-http)", "socket": "graphql-transport-ws (graphql-ws)", "events": "server-sent events (graphql-sse)", "urql": "urql",
}
PRODUCTION = {"production": "a stranger in production"}


def prepare() -> None:
    """The judges' packages, at the versions of package-lock.json, beside this file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SystemExit("fix: install Node.js 20 or newer with npm; the judges are written for it.")
    installed_lock = HERE / "node_modules" / ".package-lock.json"
    if not installed_lock.exists() or installed_lock.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)


async def judge(name: str, title: str, env: Mapping[str, str]) -> int:
    """Runs one judge, prints its verdict and every fault; returns how many faults it found."""
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / f"{name}.mjs"), env={"PATH": os.environ["PATH"], **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out, _ = await process.communicate()
    lines = out.decode(errors="replace").splitlines()
    try:
        count = json.loads(lines[-1])
    except (IndexError, ValueError):
        count = {"passed": 0, "failed": 1}
        print(*lines, sep="\n")
    print(f"{title}: {count['passed']} passed, {count['failed']} failed")
    for line in lines:
        if line.startswith("FAIL"):
            print(" ", line)
    return count["failed"]


async def main(wanted: list[str]) -> int:
    failed = 0
    with short_directory() as home:
        async with installed(home) as house:
            key = await house.key(await house.workspace())
            strict = {"LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://leadwell.example"}
            for judges, settings in ((DEVELOPMENT, {}), (PRODUCTION, strict)):
                chosen = {name: title for name, title in judges.items() if not wanted or name in wanted}
                if not chosen:
                    continue
                async with house.api(**settings) as api:
                    env = {"GRAPHQL": f"{api.url}/graphql", "WS": f"{api.url.replace('http', 'ws', 1)}/graphql", "API_KEY": key}
                    for name, title in chosen.items():
                        failed += await judge(name, title, env)
    return failed


if __name__ == "__main__":
    prepare()
    sys.exit(1 if asyncio.run(main(sys.argv[1:])) else 0)
