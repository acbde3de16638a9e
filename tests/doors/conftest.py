"""A directory for real processes, and the API in this one."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.app import create_app
from leadwell.embedded.servers import Servers
from tests.doors.serving import running, settings_for
from tests.processes import short_directory


@pytest.fixture
def home() -> Iterator[Path]:
    with short_directory() as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def app(migrated: Servers) -> AsyncIterator[Starlette]:
    """The API in development, running."""
    async with running(create_app(settings_for(migrated))) as started:
        yield started


@pytest_asyncio.fixture(scope="session")
async def strict_app(migrated: Servers) -> AsyncIterator[Starlette]:
    """The API in production, running."""
    strict = {"LEADWELL_ENVIRONMENT": "production", "LEADWELL_PUBLIC_URL": "https://leadwell.example"}
    async with running(create_app(settings_for(migrated, **strict))) as started:
        yield started
