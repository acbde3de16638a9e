"""The main job, played once for all tests that look at it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.installation import installed
from tests.processes import short_directory
from tests.stories.main_job import Story, play


@pytest_asyncio.fixture(scope="session")
async def story() -> AsyncIterator[Story]:
    with short_directory() as home:
        async with installed(home) as house, play(house) as told:
            yield told
