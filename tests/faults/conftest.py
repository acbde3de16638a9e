"""A directory for real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nursery import nursery
from tests.processes import short_directory


@pytest.fixture(scope="session", autouse=True)
def nursed() -> Iterator[None]:
    """The process that others are forked from ends with the tests."""
    yield
    nursery.close()


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as made:
        yield made
