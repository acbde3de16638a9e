"""The API in this process."""

from tests.doors.conftest import app

__all__ = ["app"]
