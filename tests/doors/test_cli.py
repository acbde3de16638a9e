"""The command line as a person and a script meet it: real processes, exit codes, sentences, JSON."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadwell.base.ids import uuid7
from leadwell.base.setting_values import new_secret_key
from leadwell.embedded import servers
from leadwell.embedded.servers import Servers

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
VERBS = ("up", "api", "worker", "migrate", "doctor", "config", "schema", "demo", "keys", "import", "why")
BAD_KEY = "k1:" + "A" * 43 + "="


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "leadwell.cli", *words]


def environment(home: Path, **more: str) -> dict[str, str]:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), "NO_COLOR": "1"}
    return {**base, "LEADWELL_DATA_DIR": str(home / "data"), **more}


def leadwell(home: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(home, **more), cwd=home, timeout=30, check=False)


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lwt-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def up(home: Path, *words: str, stand_ins: Path = STAND_INS, **more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`leadwell up` with small stand-ins for API, worker and demo, ready."""
    env = environment(home, **{**more, "PYTHONPATH": f"{stand_ins}{os.pathsep}{ROOT}"})
    ready = home / "ready.json"
    process = subprocess.Popen(
        command("up", "--port", "0", "--ready-file", str(ready), *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=home
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while line := process.stdout.readline():
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        else:
            assert process.stderr is not None
            pytest.fail(process.stderr.read())
        yield process, {**json.loads(ready.read_text()), "said": "".join(lines)}
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=15)
        process.kill()


def family(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in found.split()]


def ended(pid: int, within: float = 8.0) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


def answer(url: str) -> str:
    with urllib.request.urlopen(url, timeout=8) as response:
        return response.read().decode()


def test_help_is_quick_and_names_every_verb(home: Path) -> None:
    times: list[float] = []
    for _ in range(5):
        began = time.monotonic()
        shown = leadwell(home, "--help")
        times.append(time.monotonic() - began)
    assert shown.returncode == 0
    assert [verb for verb in VERBS if f"\n  {verb} " not in shown.stdout] == []
    assert statistics.median(times) <= 0.25


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, leadwell.cli; print([n for n in ('asyncpg', 'tortoise', 'strawberry', 'uvicorn', 'arq', 'rich.console') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout == "[]\n"


@pytest.mark.parametrize("words", [("up",), ("doctor",), ("migrate",), ("config",), ("keys", "create"), ("import", "leads"), ("why", "lead")])
def test_each_help_has_an_example(home: Path, words: tuple[str, ...]) -> None:
    assert f"Example: leadwell {' '.join(words)}" in leadwell(home, *words, "--help").stdout


def test_a_word_that_is_no_verb_is_a_usage_error(home: Path) -> None:
    assert leadwell(home, "frobnicate").returncode == 2
    assert leadwell(home, "up", "--port", "many").returncode == 2
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
    shown = leadwell(home, "doctor", "--json")
    assert shown.returncode == 3
    checks = {check["name"]: check for check in json.loads(shown.stdout)["checks"]}
    assert {name: check["status"] for name, check in checks.items()} == {
        "versions": "ok", "secrets": "fail", "disk": "ok", "database": "fail", "redis": "fail", "smtp": "warn",
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


def test_up_writes_a_whole_ready_file_and_says_what_to_open(home: Path) -> None:
    with up(home) as (process, ready):
        assert set(ready) >= {"graphql", "ws", "api_key", "workspace", "database_url", "redis_url", "smtp_url", "mailbox"}
        assert ready["graphql"].endswith("/graphql")
        assert ready["ws"] == ready["graphql"].replace("http", "ws")
        assert ready["sign_in"] in ready["said"]
        assert ready["api_key"] in ready["said"]
        assert stat.S_IMODE((home / "ready.json").stat().st_mode) == 0o600
        assert int(answer(ready["url"])) in family(process.pid)
        assert leadwell(home, "config", "--json").stdout.count('"source": "data dir"') >= 5


def test_up_stops_everything_on_ctrl_c_and_starts_again(home: Path) -> None:
    with up(home) as (process, first):
        children = family(process.pid)
        assert len(children) == 4
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert [ended(pid) for pid in children] == [True] * 4
    assert not (home / "ready.json").exists()
    with up(home) as (_, second):
        assert second["database_url"] == first["database_url"]


def test_up_killed_outright_leaves_no_process_behind(home: Path) -> None:
    with up(home) as (process, _):
        children = family(process.pid)
        process.send_signal(signal.SIGKILL)
        assert [ended(pid) for pid in children] == [True] * 4


def test_a_fallen_api_is_restarted_on_the_same_port(home: Path) -> None:
    with up(home) as (process, ready):
        before = int(answer(ready["url"]))
        os.kill(before, signal.SIGKILL)
        assert ended(before)
        after = int(answer(ready["url"]))
        assert after != before
        assert after in family(process.pid)


def test_a_second_up_on_the_same_directory_is_refused_and_the_first_goes_on(home: Path) -> None:
    with up(home) as (_, ready):
        second = leadwell(home, "up", "--port", "0", PYTHONPATH=f"{STAND_INS}{os.pathsep}{ROOT}")
        assert second.returncode == 4
        assert "DATA_DIRECTORY_IN_USE" in second.stderr
        assert answer(ready["url"])


def test_a_port_in_use_is_refused_with_another_to_take(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = leadwell(home, "up", "--port", str(port))
    assert shown.returncode == 4
    assert shown.stderr == (
        f"PORT_IN_USE: Port {port} on 127.0.0.1 is in use by another program.\n"
        f"fix: Stop it, or choose another: --port {port + 1}, or --port 0 for any free one.\n"
    )
    assert not (home / "data" / "pg").exists()


def test_a_public_address_is_refused_outside_production(home: Path) -> None:
    shown = leadwell(home, "up", "--host", "0.0.0.0")
    assert shown.returncode == 4
    assert "LEADWELL_HOST is 0.0.0.0, which other machines can reach" in shown.stderr
    assert not (home / "data").exists()


def test_up_refuses_a_named_server_that_is_down_before_it_starts_anything(home: Path) -> None:
    shown = leadwell(home, "up", "--port", "0", REDIS_URL="redis://127.0.0.1:1")
    assert shown.returncode == 3
    assert "fix: Start the server, or correct REDIS_URL." in shown.stderr
    assert not (home / "data").exists()


def test_given_servers_replace_the_embedded_ones(home: Path, migrated: Servers) -> None:
    env = {"DATABASE_URL": migrated.database_url, "LEADWELL_OWNER_DATABASE_URL": migrated.owner_database_url, "REDIS_URL": migrated.redis_url}
    with up(home, **env) as (process, ready):
        assert (ready["database_url"], ready["redis_url"]) == (migrated.database_url, migrated.redis_url)
        assert len(family(process.pid)) == 2
        assert not (home / "data" / "pg").exists()
        assert (home / "data" / "secrets.json").exists()


def test_an_api_that_cannot_start_ends_up_with_its_words(home: Path) -> None:
    broken = home / "broken"
    shutil.copytree(STAND_INS, broken)
    source = (broken / "sitecustomize.py").read_text()
    (broken / "sitecustomize.py").write_text(source.replace("    return app\n", "    raise RuntimeError('no such thing')\n"))
    shown = leadwell(home, "up", "--port", "0", PYTHONPATH=f"{broken}{os.pathsep}{ROOT}")
    assert shown.returncode == 4
    assert "PROCESS_FAILED: The api process ended with code 1: FAULT: RuntimeError: no such thing" in shown.stderr
    assert servers.announced(home / "data") == {}


def test_keys_secret_prints_an_entry_the_settings_accept(home: Path) -> None:
    entry = leadwell(home, "keys", "secret", "k7").stdout.strip()
    assert leadwell(home, "config", "--explain", "secret_keys", LEADWELL_SECRET_KEYS=entry).returncode == 0
    assert entry.startswith("k7:")
