"""Runs every judge against `leadwell api`: `python -m tests.conformance [NAME …]`. Ends with 1 when one of them finds a fault."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadwell.access import users
from tests.installation import Process, installed
from tests.processes import short_directory

HERE = Path(__file__).parent
PYTHON = HERE / ".venv" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Judge:
    """A script of this folder that prints a line for each check and, last, how many passed and failed."""

    name: str
    title: str
    script: str
    python: str = str(PYTHON)

    def command(self) -> list[str]:
        return [self.python if self.script.endswith(".py") else "node", str(HERE / self.script)]


SCHEMA = (
    Judge("lint", "schema: graphql-eslint, recommended and Relay", "lint.mjs"),
    Judge("diff", "schema: graphql-inspector, nothing broken in silence", "diff.mjs"),
    Judge("compile", "schema: relay-compiler, graphql-codegen, tsc --strict", "compile.mjs"),
)
DEVELOPMENT = (
    Judge("http", "GraphQL over HTTP (graphql-http)", "http.mjs"),
    Judge("socket", "graphql-transport-ws (graphql-ws)", "socket.mjs"),
    Judge("events", "server-sent events (graphql-sse)", "events.mjs"),
    Judge("urql", "urql", "urql.mjs"),
    Judge("apollo", "Apollo Client", "apollo.mjs"),
    Judge("relay", "Relay, by documents that relay-compiler persisted", "relay.mjs"),
    Judge("gql", "gql, the client of Python", "clients.py"),
    Judge("fuzz", "schemathesis, 500 cases with a key", "fuzz.py"),
)
PRODUCTION = (
    Judge("production", "a stranger in production", "production.mjs"),
    Judge("cop", "graphql-cop, a stranger in production", "scan.py"),
)
EXAMPLES = (  # which need a worker, and somebody to give leads to
    Judge("typescript", "examples/typescript, by its lock, types and end", "../../examples/typescript/judge.mjs"),
    Judge("python", "examples/python, by its generated types and end", "../../examples/python/judge.py", sys.executable),
)
STRICT = {"LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://leadwell.example"}


def prepare() -> None:
    """The judges' packages beside this file, at the versions of package-lock.json and requirements.txt."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SystemExit("fix: install Node.js 20 or newer with npm; the judges are written for it.")
    if _older(HERE / "node_modules" / ".package-lock.json", "package-lock.json"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
    done = HERE / ".venv" / "installed"
    if _older(done, "requirements.txt"):
        subprocess.run([sys.executable, "-m", "venv", str(HERE / ".venv")], check=True)
        subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(HERE / "requirements.txt")], check=True)
        done.touch()


def _older(made: Path, by: str) -> bool:
    return not made.exists() or made.stat().st_mtime < (HERE / by).stat().st_mtime


async def judged(judge: Judge, env: Mapping[str, str]) -> int:
    """Runs one judge, prints its verdict and every fault; returns how many faults it found."""
    process = await asyncio.create_subprocess_exec(
        *judge.command(), env={"PATH": os.environ["PATH"], "HOME": env["WORK"], **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out, _ = await process.communicate()
    lines = out.decode(errors="replace").splitlines()
    try:
        count = json.loads(lines[-1])
    except (IndexError, ValueError):
        count = {"passed": 0, "failed": 1}
        print(*lines, sep="\n")
    print(f"{judge.title}: {count['passed']} passed, {count['failed']} failed", flush=True)
    for line in lines:
        if line.startswith("FAIL"):
            print(" ", line, flush=True)
    return count["failed"]


async def main(wanted: list[str]) -> int:
    failed = 0
    with short_directory() as home:
        for judge in _chosen(SCHEMA, wanted):
            failed += await judged(judge, {"WORK": str(home)})
        async with installed(home) as house:
            key = await house.key(await house.workspace())
            documents = HERE / "relay" / "persisted.json"
            open_to_all = {"LEADWELL_DOCUMENTS": str(documents)} if documents.exists() else {}
            if chosen := _chosen(EXAMPLES, wanted):
                async with house.api() as api, house.worker():
                    for judge in chosen:
                        workspace = await house.workspace()  # each its own: the same person converted in both would be a possible duplicate
                        await users.create_user(house.db, workspace, email=f"{judge.name}@example.com", name="Olivia", role="SALES")
                        failed += await judged(judge, _told(api, await house.key(workspace), home))
            for judges, settings in ((DEVELOPMENT, open_to_all), (PRODUCTION, STRICT)):
                chosen = _chosen(judges, wanted)
                if not chosen:
                    continue
                async with house.api(**settings) as api:
                    for judge in chosen:
                        failed += await judged(judge, _told(api, key, home))
    return failed


def _told(api: Process, key: str, home: Path) -> dict[str, str]:
    return {"GRAPHQL": f"{api.url}/graphql", "WS": f"{api.url.replace('http', 'ws', 1)}/graphql", "API_KEY": key, "WORK": str(home)}


def _chosen(judges: tuple[Judge, ...], wanted: list[str]) -> list[Judge]:
    return [judge for judge in judges if not wanted or judge.name in wanted]


if __name__ == "__main__":
    prepare()
    sys.exit(1 if asyncio.run(main(sys.argv[1:])) else 0)
