"""`leadwell up` as one process tree: ready, restarted, refused, stopped and killed, with stand-ins for what it runs."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leadwell.cli import serving
from leadwell.embedded import servers
from leadwell.embedded.servers import Servers
from tests.processes import ROOT, STAND_INS, answer, command, ended, environment, family, leadwell, short_directory, up


@dataclass(frozen=True)
class Started:
    """An `up` that goes on while tests look at it, ask it and hurt its children."""

    home: Path
    process: "subprocess.Popen[str]"
    ready: dict[str, Any]


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    with short_directory() as home, up(home) as (process, ready):
        yield Started(home, process, ready)


def test_up_writes_a_whole_ready_file_and_says_what_to_open(started: Started) -> None:
    ready = started.ready
    assert set(ready) >= {"graphql", "ws", "api_key", "workspace", "database_url", "redis_url", "smtp_url", "mailbox"}
    assert ready["graphql"].endswith("/graphql")
    assert ready["ws"] == ready["graphql"].replace("http", "ws")
    assert ready["sign_in"] in ready["said"]
    assert ready["api_key"] in ready["said"]
    assert stat.S_IMODE((started.home / "ready.json").stat().st_mode) == 0o600
    assert int(answer(ready["url"])) in family(started.process.pid)
    assert leadwell(started.home, "config", "--json").stdout.count('"source": "data dir"') >= 5


def test_a_fallen_api_is_restarted_on_the_same_port(started: Started) -> None:
    before = int(answer(started.ready["url"]))
    os.kill(before, signal.SIGKILL)
    assert ended(before)
    after = int(answer(started.ready["url"]))
    assert after != before
    assert after in family(started.process.pid)


def test_a_second_up_on_the_same_directory_is_refused_and_the_first_goes_on(started: Started) -> None:
    second = leadwell(started.home, "up", "--port", "0", PYTHONPATH=f"{STAND_INS}{os.pathsep}{ROOT}")
    assert second.returncode == 4
    assert "DATA_DIRECTORY_IN_USE" in second.stderr
    assert answer(started.ready["url"])


def test_up_stops_everything_on_ctrl_c_starts_again_and_leaves_no_process_behind_when_it_is_killed_outright(home: Path) -> None:
    with up(home) as (process, first):
        children = family(process.pid)
        assert len(children) == 4
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert [ended(pid) for pid in children] == [True] * 4
    assert not (home / "ready.json").exists()
    with up(home) as (process, second):
        assert second["database_url"] == first["database_url"]
        children = family(process.pid)
        process.send_signal(signal.SIGKILL)
        assert [ended(pid) for pid in children] == [True] * 4


def test_a_second_ctrl_c_does_not_wait_for_a_worker_that_will_not_stop(home: Path) -> None:
    stubborn = home / "stubborn"
    shutil.copytree(STAND_INS, stubborn)
    source = (stubborn / "sitecustomize.py").read_text()
    (stubborn / "sitecustomize.py").write_text(source.replace("signal.SIGTERM, stop.set", "signal.SIGTERM, print"))
    with up(home, stand_ins=stubborn) as (process, _):
        children = family(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any("Stopping" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 1
        assert [ended(pid) for pid in children] == [True] * 4


def test_ctrl_c_while_it_starts_stops_what_was_started(home: Path) -> None:
    process = subprocess.Popen(
        command("up", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home,
        env=environment(home, PYTHONPATH=f"{STAND_INS}{os.pathsep}{ROOT}"),
    )
    assert process.stderr is not None
    assert any("Making roles" in line for line in process.stderr)
    children = family(process.pid)
    process.send_signal(signal.SIGINT)
    assert (process.wait(15), len(children)) == (0, 4)
    assert [ended(pid) for pid in children] == [True] * 4
    process.communicate()
    with up(home) as (_, ready):
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


def test_the_first_query_up_prints_is_answered_by_the_real_api(home: Path) -> None:
    with up(home, "--no-demo", stand_ins=ROOT) as (process, ready):
        loaded = "".join(Path(f"/proc/{pid}/maps").read_text() for pid in family(process.pid))
        assert ([name for name in serving.SPARE if f"/{name}" in loaded], "/uvloop/" in loaded) == ([], True)
        asked = next(line.split("-d '")[1].rstrip("'\n") for line in ready["said"].splitlines() if "-d '" in line)
        headers = {"Authorization": f"Bearer {ready['api_key']}", "Content-Type": "application/json"}
        request = urllib.request.Request(ready["graphql"], asked.encode(), headers)
        with urllib.request.urlopen(request, timeout=8) as response:
            assert json.loads(response.read())["data"] == {"leads": {"nodes": []}}
        made = json.loads(leadwell(home, "users", "create", "ana@acme.example", "--json").stdout)
        with urllib.request.urlopen(made["link"], timeout=8) as response:
            assert (response.status, response.url.startswith(ready["url"])) == (200, True)
        checks = json.loads(leadwell(home, "doctor", "--json").stdout)["checks"]
        assert {check["name"] for check in checks if check["status"] != "ok"} == set()
