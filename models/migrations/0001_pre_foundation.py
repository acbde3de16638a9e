"""Every table, policy and function of the first release."""

from tortoise.migrations import Migration as Base
from tortoise.migrations.operations import RunSQL

from models.migrations import statements


class Migration(Base):
    operations = [RunSQL(text) for text in statements("0001_pre_foundation")]  # noqa: RUF012  Tortoise reads a plain list from the class
