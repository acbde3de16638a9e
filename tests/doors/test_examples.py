"""The built example app as development serves it: from our own files alone, never in production, never older than its sources."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from leadwell.embedded.servers import Servers
from tests.doors.serving import asking, running, settings_for

SPA = Path(__file__).parents[2] / "examples" / "spa"


@pytest_asyncio.fixture
async def client(migrated: Servers) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings_for(migrated))) as app, asking(app) as opened:
        yield opened


async def test_the_page_names_files_of_its_own_that_may_be_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/examples/spa")).headers["location"] == "/examples/spa/"
    page = await client.get("/examples/spa/")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
    assert "default-src 'none'; script-src 'self'" in page.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 3
    for path in named:
        file = await client.get(f"/examples/spa/{path}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == ("public, max-age=31536000, immutable" if "assets" in path else "no-cache")


async def test_what_is_no_file_of_the_app_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("nothing.js", "..%2f..%2fpackage.json", "%2e%2e/src/client.ts"):
        assert (await client.get(f"/examples/spa/{path}")).status_code == 404


async def test_there_are_no_examples_in_production(migrated: Servers) -> None:
    settings = settings_for(migrated, LEADWELL_ENVIRONMENT="production", LEADWELL_PUBLIC_URL="https://crm.example")
    async with running(create_app(settings)) as app, asking(app) as client:
        assert (await client.get("/examples/spa/")).status_code == 404
        assert (await client.get("/examples/spa/index.html")).status_code == 404


def test_the_built_files_are_of_these_sources_and_small() -> None:
    """If this fails: npm ci && npm run build in examples/spa."""
    files = ["index.html", "package-lock.json", *sorted(f"src/{path.name}" for path in (SPA / "src").iterdir())]
    found = hashlib.sha256()
    for name in files:
        found.update(f"{name}\0".encode() + (SPA / name).read_bytes())
    assert (SPA / "dist" / "sources.sha256").read_text() == f"{found.hexdigest()}\n"
    assert sum(path.stat().st_size for path in (SPA / "dist").rglob("*") if path.is_file()) < 400_000


@pytest.mark.parametrize("folder", [SPA, SPA.parent / "typescript"], ids=lambda folder: folder.name)
def test_the_lock_pins_everything_and_names_no_package_index(folder: Path) -> None:
    lock = json.loads((folder / "package-lock.json").read_text())
    assert all(re.fullmatch(r"[0-9.]+", version) for kind in ("dependencies", "devDependencies") for version in lock["packages"][""][kind].values())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name and not package.get("inBundle"))
