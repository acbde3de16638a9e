"""The API in this process."""

from tests.doors.conftest import app
from tests.foreign import two

__all__ = ["app", "two"]
