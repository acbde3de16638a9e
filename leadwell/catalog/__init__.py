"""One declaration per noun: what exists, who may see it, and the one compiler of filters, orders and pages to SQL."""

from leadwell.catalog.filters import Condition, check, compile_where, count, matching_ids
from leadwell.catalog.listing import CAP, Listing, Page, Row
from leadwell.catalog.nouns import Catalog, Column, Noun, Relation, catalog
from leadwell.catalog.pages import page, pages, rows_by, total, totals
from leadwell.catalog.refusals import BadCursor, BadFilter, BadGroups, BadOrder, BadPage, FieldForbidden
from leadwell.catalog.viewer import Everything, Sees
from models.registry import PUBLIC

CATALOG: Catalog = catalog(PUBLIC)

__all__ = [
    "CAP",
    "CATALOG",
    "BadCursor",
    "BadFilter",
    "BadGroups",
    "BadOrder",
    "BadPage",
    "Catalog",
    "Column",
    "Condition",
    "Everything",
    "FieldForbidden",
    "Listing",
    "Noun",
    "Page",
    "Relation",
    "Row",
    "Sees",
    "catalog",
    "check",
    "compile_where",
    "count",
    "matching_ids",
    "page",
    "pages",
    "rows_by",
    "total",
    "totals",
]
