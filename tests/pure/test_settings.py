"""Settings: where a value comes from, and the sentence for every way it can be wrong."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from leadwell.base.setting_table import TABLE
from leadwell.base.settings import MissingSetting, Settings, UnknownSetting, WrongSetting, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "data"


def load(env: Mapping[str, str], home: Path, dotenv: Path | None = None, **overrides: object) -> Settings:
    return load_settings({"LEADWELL_DATA_DIR": str(home), **env}, dotenv, **overrides)


def test_options_win_over_environment_over_dotenv_over_data_directory_over_defaults(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    kept = {"secret_keys": f"k1:{KEY}", "outbound_epoch": "kept"}
    (home / "secrets.json").write_text(json.dumps(kept))
    live = {"pid": str(os.getpid()), "redis_url": "redis://live", "database_url": "postgresql://live/x"}
    (home / "run" / "urls.json").write_text(json.dumps(live))
    dotenv = home / ".env"
    dotenv.write_text("# mine\nexport LEADWELL_POOL_SIZE='7'\nLEADWELL_LOG_LEVEL=debug # loud\nDATABASE_URL=postgresql://file/x\nOTHER=1\n")
    found = load({"LEADWELL_LOG_LEVEL": "error", "LEADWELL_PORT": "1"}, home, dotenv, port="2")
    assert (found.port, found.sources["port"]) == (2, "option")
    assert (found.log_level, found.sources["log_level"]) == ("error", "env")
    assert (found.pool_size, found.sources["pool_size"]) == (7, ".env")
    assert (found.database_url, found.sources["database_url"]) == ("postgresql://file/x", ".env")
    assert (found.redis_url, found.sources["redis_url"]) == ("redis://live", "data dir")
    assert (found.secret_keys, found.outbound_epoch) == ((("k1", bytes(range(32))),), "kept")
    assert (found.host, found.sources["host"]) == ("127.0.0.1", "default")


def test_links_lead_to_the_server_that_runs_unless_another_address_is_asked_for(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run" / "urls.json").write_text(json.dumps({"pid": str(os.getpid()), "public_url": "http://127.0.0.1:41234"}))
    assert load({}, home).public_url == "http://127.0.0.1:41234"
    assert load({"LEADWELL_PORT": "0"}, home).public_url == "http://127.0.0.1:41234"
    assert load({"LEADWELL_PUBLIC_URL": "https://crm.example"}, home).public_url == "https://crm.example"
    assert load({}, home, port="9000").public_url == "http://127.0.0.1:9000"


def test_addresses_of_a_process_that_is_gone_are_not_used(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run" / "urls.json").write_text(json.dumps({"pid": "999999999", "redis_url": "redis://gone"}))
    assert load({}, home).redis_url == ""


def test_an_empty_variable_counts_as_unset(home: Path) -> None:
    found = load({"LEADWELL_PORT": "", "DATABASE_URL": " "}, home)
    assert (found.port, found.database_url) == (8000, "")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("LEADWELL_DATABASE_URL", "DATABASE_URL"), ("LEADWELL_PROT", "LEADWELL_PORT"), ("LEADWELL_SECRET_KEY", "LEADWELL_SECRET_KEYS")],
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(home: Path, wrong: str, right: str) -> None:
    with pytest.raises(UnknownSetting) as refused:
        load({wrong: "x"}, home)
    assert refused.value.message == f"There is no setting {wrong}."
    assert (refused.value.fix or "").startswith(f"Did you mean {right}? It comes from env: ")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LEADWELL_PORT", "http", "LEADWELL_PORT is 'http', which is no number from 0 to 65535."),
        ("LEADWELL_PORT", "70000", "LEADWELL_PORT is '70000', which is no number from 0 to 65535."),
        ("LEADWELL_ENVIRONMENT", "prod", "LEADWELL_ENVIRONMENT is 'prod'."),
        ("DATABASE_URL", "mysql://u:secret@h/x", "DATABASE_URL starts with mysql://."),
        ("DATABASE_URL", "localhost", "DATABASE_URL is not a URL."),
        ("REDIS_URL", "redis://h:port", "REDIS_URL is not a URL (Port could not be cast to integer value as 'port')."),
        ("LEADWELL_ORIGINS", "https://a.test,b.test", "LEADWELL_ORIGINS contains 'b.test', which is no origin."),
        ("LEADWELL_TRUSTED_PROXIES", "10.0.0.0/40", "LEADWELL_TRUSTED_PROXIES contains '10.0.0.0/40', which is no address or network."),
        ("LEADWELL_MAIL_FROM", "Acme", "LEADWELL_MAIL_FROM is 'Acme', which is no mail address."),
        ("LEADWELL_SECRET_KEYS", "k1:AAAA", "LEADWELL_SECRET_KEYS has a key k1 of 3 bytes, and 32 is the least."),
        ("LEADWELL_SECRET_KEYS", "k1:***", "LEADWELL_SECRET_KEYS has a key k1 that is not base64."),
        ("LEADWELL_SECRET_KEYS", KEY, "LEADWELL_SECRET_KEYS has an entry whose id is missing, doubled or not a-z0-9."),
        ("LEADWELL_OIDC_ISSUER", "http://id.example.com", "LEADWELL_OIDC_ISSUER is 'http://id.example.com', which is no issuer."),
        ("LEADWELL_OIDC_ISSUER", "https://id.example.com?x=1", "LEADWELL_OIDC_ISSUER is 'https://id.example.com?x=1', which is no issuer."),
        ("LEADWELL_SESSION_DAYS", "0", "LEADWELL_SESSION_DAYS is '0', which is no number from 1 to 365."),
        ("LEADWELL_METRICS_TOKEN", "short secret@", "LEADWELL_METRICS_TOKEN is no token of 24 to 512 letters, digits and signs."),
        ("LEADWELL_HOST", "0.0.0.0", "LEADWELL_HOST is 0.0.0.0, which other machines can reach, and this is not production."),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_wrong(home: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load({name: value}, home)
    assert refused.value.message == message
    assert refused.value.fix
    assert "secret@" not in refused.value.message + refused.value.fix


def test_production_asks_for_what_has_no_safe_default(home: Path) -> None:
    given: dict[str, str] = {"LEADWELL_ENVIRONMENT": "production", "LEADWELL_HOST": "0.0.0.0"}
    for name, value in (("LEADWELL_SECRET_KEYS", f"k1:{KEY}"), ("LEADWELL_PUBLIC_URL", "https://crm.example.com"), ("LEADWELL_OUTBOUND_EPOCH", "e1")):
        with pytest.raises(MissingSetting, match=name):
            load(given, home)
        given[name] = value
    found = load(given, home)
    assert (found.production, found.host, found.public_url) == (True, "0.0.0.0", "https://crm.example.com")


def test_identity_provider_needs_an_issuer_and_a_client(home: Path) -> None:
    issuer, client = {"LEADWELL_OIDC_ISSUER": "https://id.example.com/"}, {"LEADWELL_OIDC_CLIENT_ID": "lw"}
    for given, missing in ((issuer, "LEADWELL_OIDC_CLIENT_ID"), (client, "LEADWELL_OIDC_ISSUER")):
        with pytest.raises(MissingSetting, match=missing):
            load(given, home)
    found = load({**issuer, **client, "LEADWELL_OIDC_CLIENT_SECRET": "hush"}, home)
    assert (found.oidc_issuer, found.oidc_name, "hush" in repr(found)) == ("https://id.example.com/", "Single sign-on", False)


def test_variables_read_again_give_the_same_settings(home: Path) -> None:
    env = {
        "DATABASE_URL": "postgresql://a:b%40@h/x", "LEADWELL_SECRET_KEYS": f"k2:{KEY},k1:{KEY}", "LEADWELL_PORT": "0",
        "LEADWELL_ORIGINS": "https://A.test, http://localhost:3000", "LEADWELL_TRUSTED_PROXIES": "10.1.2.3/8",
    }
    first = load(env, home)
    second = load_settings(first.variables(), None)
    assert [getattr(first, name) for name in TABLE] == [getattr(second, name) for name in TABLE]
    assert first.origins == ("https://a.test", "http://localhost:3000")
    assert first.trusted_proxies == ("10.0.0.0/8",)


def test_nothing_secret_is_shown(home: Path) -> None:
    found = load({"DATABASE_URL": "postgresql://a:hush@h/x", "LEADWELL_SECRET_KEYS": f"k1:{KEY}", "LEADWELL_OUTBOUND_EPOCH": "hush"}, home)
    shown = repr(found) + "".join(found.shown(name) for name in TABLE)
    assert "hush" not in shown
    assert KEY not in shown
    assert found.shown("database_url") == "postgresql://a:***@h/x"
    assert found.shown("secret_keys") == "k1:***"


def test_what_is_needed_and_not_set_is_refused_with_a_way_out(home: Path) -> None:
    with pytest.raises(MissingSetting) as refused:
        load({}, home).need("database_url")
    assert refused.value.fix == "Run `leadwell up`, or set DATABASE_URL."


def test_every_setting_has_a_meaning_and_a_default_that_reads(home: Path) -> None:
    for row in TABLE.values():
        assert row.meaning.endswith((".", "else host and port."))
        assert row.default == "" or row.read(row.default) is not None
    assert set(TABLE) == set(Settings.__slots__) - {"sources"}
