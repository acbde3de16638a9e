"""What the statements of this room must know of the tables: their columns, and which of them count versions."""

from tortoise.models import Model

from leadwell.catalog.nouns import fields_of
from models.columns import Dated
from models.registry import ALL


def _name(model: type[Model]) -> str:
    return str(model._meta.db_table)  # pyright: ignore[reportPrivateUsage]


COLUMNS = {_name(m): tuple(f.source_field or n for n, f in fields_of(m).items() if not n.startswith("search_")) for m in ALL}
DATED = frozenset(_name(model) for model in ALL if issubclass(model, Dated))
