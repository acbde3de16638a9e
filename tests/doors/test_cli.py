"""The command line as a person and a script meet it: real processes, exit codes, sentences, JSON."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from leadwell import audit, events
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.setting_values import new_secret_key
from leadwell.base.tx import Database
from leadwell.embedded import servers
from leadwell.embedded.servers import Servers
from tests.doors.serving import KEYS
from tests.processes import ROOT, command, environment, leadwell

VERBS = ("up", "api", "worker", "migrate", "doctor", "config", "schema", "demo", "users", "keys", "import", "why")
BAD_KEY = "k1:" + "A" * 43 + "="


def test_help_names_every_verb(home: Path) -> None:
    shown = leadwell(home, "--help")
    assert shown.returncode == 0
    assert [verb for verb in VERBS if f"\n  {verb} " not in shown.stdout] == []


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, leadwell.cli; print([n for n in ('asyncpg', 'tortoise', 'strawberry', 'uvicorn', 'arq', 'rich.console') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout == "[]\n"


@pytest.mark.parametrize("words", [("up",), ("doctor",), ("migrate",), ("config",), ("users", "create"), ("users", "invite"),
    ("keys", "create"), ("import", "leads"), ("why", "lead")])
def test_each_help_has_an_example(home: Path, words: tuple[str, ...]) -> None:
    assert f"Example: leadwell {' '.join(words)}" in leadwell(home, *words, "--help").stdout


def test_a_word_that_is_no_verb_is_a_usage_error(home: Path) -> None:
    assert leadwell(home, "frobnicate").returncode == 2
    assert leadwell(home, "up", "--port", "many").returncode == 2
    assert leadwell(home, "up", "--ready-file", str(home / "nowhere" / "ready.json")).returncode == 2
    assert leadwell(home, "import", "leads", "x.csv", "--map", "nonsense").returncode == 2


def test_config_shows_value_source_and_meaning_and_hides_secrets(home: Path) -> None:
    (home / ".env").write_text("LEADWELL_POOL_SIZE=5\n")
    shown = leadwell(home, "config", "--json", DATABASE_URL="postgresql://a:hush@h/x")
    rows = {row["name"]: row for row in json.loads(shown.stdout)["settings"]}
    assert rows["DATABASE_URL"] == {
        "name": "DATABASE_URL", "value": "postgresql://a:***@h/x", "source": "env", "default": "", "secret": True,
        "meaning": "PostgreSQL for API and workers, as the login lw_app.",
    }
    assert (rows["LEADWELL_POOL_SIZE"]["value"], rows["LEADWELL_POOL_SIZE"]["source"]) == ("5", ".env")
    assert "hush" not in leadwell(home, "config", DATABASE_URL="postgresql://a:hush@h/x").stdout
    assert json.loads(leadwell(home, "config", "--explain", "port", "--json").stdout)["name"] == "LEADWELL_PORT"


def test_an_unknown_setting_is_refused_with_code_message_and_fix(home: Path) -> None:
    shown = leadwell(home, "config", LEADWELL_PROT="1")
    assert shown.returncode == 4
    assert shown.stderr == (
        "UNKNOWN_SETTING: There is no setting LEADWELL_PROT.\n"
        "fix: Did you mean LEADWELL_PORT? It comes from env: correct or remove it; `leadwell config` lists all settings.\n"
    )
    said = json.loads(leadwell(home, "config", "--json", LEADWELL_PROT="1").stderr)
    assert said["error"]["code"] == "UNKNOWN_SETTING"


@pytest.mark.parametrize("verb", [("migrate",), ("demo",), ("api",), ("worker",), ("keys", "list")])
def test_without_a_database_a_verb_says_how_to_get_one(home: Path, verb: tuple[str, ...]) -> None:
    shown = leadwell(home, *verb)
    assert shown.returncode == 4
    assert shown.stderr.startswith("MISSING_SETTING: ")
    assert "fix: Run `leadwell up`, or set " in shown.stderr


def test_doctor_on_an_empty_machine_names_each_missing_part_and_a_fix(home: Path) -> None:
    shown = leadwell(home, "doctor", "--json", LEADWELL_PORT="1")
    assert shown.returncode == 3
    checks = {check["name"]: check for check in json.loads(shown.stdout)["checks"]}
    assert {name: check["status"] for name, check in checks.items()} == {
        "versions": "ok", "secrets": "fail", "disk": "ok", "database": "fail", "redis": "fail", "smtp": "warn", "api": "warn",
    }
    assert checks["database"]["fix"] == "Run `leadwell up`, or set DATABASE_URL."


def test_doctor_refuses_a_superuser_and_servers_that_are_down(home: Path, cluster: Servers) -> None:
    env = {
        "DATABASE_URL": cluster.admin_database_url, "REDIS_URL": "redis://127.0.0.1:1", "SMTP_URL": "smtp://127.0.0.1:1",
        "LEADWELL_SECRET_KEYS": BAD_KEY,
    }
    shown = leadwell(home, "doctor", "--json", **env)
    checks = {check["name"]: check for check in json.loads(shown.stdout)["checks"]}
    assert shown.returncode == 3
    assert checks["login"]["message"] == "leadwell_admin is a superuser or bypasses row security."
    assert checks["redis"]["fix"] == "Start the server, or correct REDIS_URL."
    assert (checks["smtp"]["status"], checks["secrets"]["message"]) == ("fail", "Key k1 is not random.")
    owner = leadwell(home, "doctor", "--json", DATABASE_URL=cluster.owner_database_url)
    assert '"lw_owner owns the tables or the database."' in owner.stdout


def test_doctor_accepts_what_is_right(home: Path, migrated: Servers) -> None:
    env = {
        "DATABASE_URL": migrated.database_url, "REDIS_URL": migrated.redis_url, "LEADWELL_SECRET_KEYS": new_secret_key(),
        "LEADWELL_OUTBOUND_EPOCH": "e",
    }
    shown = leadwell(home, "doctor", "--json", **env)
    checks = {check["name"]: check["status"] for check in json.loads(shown.stdout)["checks"]}
    assert {name for name, status in checks.items() if status == "fail"} == set()
    assert {name: checks[name] for name in ("database", "login", "migrations", "clock", "redis", "secrets")} == dict.fromkeys(
        ("database", "login", "migrations", "clock", "redis", "secrets"), "ok"
    )
    assert shown.returncode == 0


def test_migrate_makes_roles_and_database_when_given_an_administrator(home: Path) -> None:
    with servers.start(home / "elsewhere", valkey=False, fsync=False) as running:
        database = f"crm_{uuid7().hex}"
        given = {
            "LEADWELL_ADMIN_DATABASE_URL": running.admin_database_url,
            "LEADWELL_OWNER_DATABASE_URL": running.owner_database_url.replace("/leadwell?", f"/{database}?"),
            "DATABASE_URL": running.database_url.replace("/leadwell?", f"/{database}?"),
        }
        first = leadwell(home, "migrate", "--json", **given)
        assert first.returncode == 0, first.stderr
        assert len(json.loads(first.stdout)["applied"]) >= 1
        assert json.loads(leadwell(home, "migrate", "--plan", "--json", **given).stdout) == {"pending": []}
        wrong = leadwell(home, "migrate", **{**given, "DATABASE_URL": running.admin_database_url})
        assert (wrong.returncode, wrong.stderr.split(":")[0]) == (4, "LOGIN_MISMATCH")


@pytest.mark.parametrize("place", ["127.0.0.1:1/x", "/x?host=/nowhere"])
def test_an_unreachable_database_ends_with_three(home: Path, place: str) -> None:
    shown = leadwell(home, "migrate", LEADWELL_OWNER_DATABASE_URL=f"postgresql://lw_owner:x@{place}")
    assert shown.returncode == 3
    assert shown.stderr.startswith("UNREACHABLE: ")


def test_keys_secret_prints_an_entry_the_settings_accept(home: Path) -> None:
    entry = leadwell(home, "keys", "secret", "k7").stdout.strip()
    assert leadwell(home, "config", "--explain", "secret_keys", LEADWELL_SECRET_KEYS=entry).returncode == 0
    assert entry.startswith("k7:")


async def test_keys_are_made_listed_and_revoked(home: Path, migrated: Servers, workspace: UUID, db: Database) -> None:
    slug = (await db.control("SELECT (lw_workspace($1)).slug AS slug", workspace))[0]["slug"]
    given = {"DATABASE_URL": migrated.database_url, "REDIS_URL": migrated.redis_url, "LEADWELL_SECRET_KEYS": new_secret_key()}
    named = ("--workspace", slug, "--json")
    made = json.loads(leadwell(home, "keys", "create", "website", "--scope", "leads:create", *named, **given).stdout)
    (listed,) = json.loads(leadwell(home, "keys", "list", *named, **given).stdout)["keys"]
    assert (listed["id"], listed["name"], listed["scopes"], listed["revoked_at"]) == (made["id"], "website", ["leads:create"], None)
    assert made["key"].startswith(listed["prefix"])
    assert made["key"] not in json.dumps(listed)
    assert leadwell(home, "keys", "revoke", made["id"], "--workspace", slug, **given).returncode == 0
    (listed,) = json.loads(leadwell(home, "keys", "list", *named, **given).stdout)["keys"]
    assert listed["revoked_at"] is not None
    unknown = leadwell(home, "keys", "list", "--workspace", "nowhere", "--json", **given)
    assert (unknown.returncode, json.loads(unknown.stderr)["error"]["code"]) == (4, "WORKSPACE_UNKNOWN")


async def test_the_audit_is_verified_listed_and_told_broken(home: Path, migrated: Servers, workspace: UUID, db: Database) -> None:
    actor = Actor.system(workspace)
    await db.run(actor, lambda tx: events.note(tx, "lead.junked", "Lead", uuid7(), data={"reason": "SPAM"}))
    await db.run(actor, events.sequence)
    await db.run(actor, audit.seal)
    slug = (await db.control("SELECT (lw_workspace($1)).slug AS slug", workspace))[0]["slug"]
    env = {"DATABASE_URL": migrated.database_url, "REDIS_URL": migrated.redis_url, "LEADWELL_SECRET_KEYS": KEYS}
    whole = leadwell(home, "audit", "verify", "--workspace", slug, **env)
    listed = leadwell(home, "audit", "list", "--kind", "lead.*", "--workspace", slug, "--json", **env)
    owner = await asyncpg.connect(migrated.owner_database_url)
    await owner.execute("UPDATE events SET data = '{}' WHERE workspace_id = $1", workspace)
    await owner.close()
    broken = leadwell(home, "audit", "verify", "--workspace", slug, **env)
    shown = leadwell(home, "audit", "verify", "--workspace", slug, "--json", **env)
    assert shown.stderr == ""
    told = json.loads(shown.stdout)
    assert (whole.returncode, whole.stdout.splitlines()[0]) == (0, "1 events under 1 seals hold; 0 are not sealed yet.")
    assert [event["kind"] for event in json.loads(listed.stdout)["events"]] == ["lead.junked"]
    assert (broken.returncode, broken.stdout.splitlines()[-1]) == (1, "BROKEN at event 1, seal 1: the event is not what its digest says.")
    assert told["broken"] == {"seq": 1, "seal": 1, "why": "the event is not what its digest says"}


async def test_first_user_makes_the_workspace_and_a_second_call_keeps_both(home: Path, migrated: Servers, db: Database) -> None:
    given = {"DATABASE_URL": migrated.database_url, "REDIS_URL": migrated.redis_url, "LEADWELL_SECRET_KEYS": new_secret_key()}
    slug = uuid7().hex
    words = ("users", "create", "Ana@acme.example", "--workspace", slug, "--json")
    assert json.loads(leadwell(home, *words, **given).stderr)["error"]["code"] == "WORKSPACE_UNKNOWN"
    first = json.loads(leadwell(home, *words, "--make-workspace", "Acme", **given).stdout)
    again = json.loads(leadwell(home, *words, "--make-workspace", "Acme", **given).stdout)
    assert again["id"] == first["id"]
    assert again["link"] != first["link"]
    made = (await db.control("SELECT w.name FROM lw_workspace(lw_workspace_by_slug($1)) w", slug))[0]
    assert made["name"] == "Acme"
    invited = ("users", "invite", "ben@acme.example", "--name", "Ben", "--workspace", slug, "--json")
    assert json.loads(leadwell(home, *invited, **given).stdout)["role"] == "SALES"
    assert json.loads(leadwell(home, *invited, **given).stderr)["error"]["code"] == "INVITED_JUST_NOW"
    assert json.loads(leadwell(home, *invited, "--team", "North", **given).stderr)["error"]["code"] == "NOT_FOUND"
    alone = leadwell(home, "users", "archive", "ana@acme.example", "--workspace", slug, **given)
    assert (alone.returncode, "no owner" in alone.stderr) == (4, True)
    listed = json.loads(leadwell(home, "users", "list", "--workspace", slug, "--json", **given).stdout)["users"]
    assert [(one["email"], one["role"], one["state"]) for one in listed] == [("ana@acme.example", "OWNER", "ACTIVE"), ("ben@acme.example", "SALES", "INVITED")]
    wrong = leadwell(home, *words, "--role", "emperor", **given)
    assert (wrong.returncode, json.loads(wrong.stderr)["error"]["code"]) == (4, "ROLE_UNKNOWN")


def test_a_reader_who_has_had_enough_sees_no_traceback(home: Path, migrated: Servers) -> None:
    env = environment(home, DATABASE_URL=migrated.database_url, REDIS_URL=migrated.redis_url)
    with subprocess.Popen(command("doctor"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=home) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any("database:" in line for line in process.stdout)
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (1, 3)


def test_version_is_told_without_a_verb(home: Path) -> None:
    assert leadwell(home, "--version").stdout == "0.1.0\n"
