"""A directory for real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import short_directory


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as made:
        yield made
