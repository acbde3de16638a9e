"""One declaration per noun: what exists, who may see it, and the one compiler of filters, orders and pages to SQL."""

from leadwell.access.sees import Everything, Sees
from leadwell.catalog.listing import CAP, Listing, Page, Row
from leadwell.catalog.nouns import Catalog, Column, Noun, Relation, catalog
from leadwell.catalog.pages import check, matching_ids, pages, rows_by, totals
from leadwell.catalog.refusals import BadCursor, BadFilter, BadGroups, BadOrder, BadPage, FieldForbidden
from models.registry import PUBLIC

CATALOG: Catalog = catalog(PUBLIC)

__all__ = [
    "CAP", "CATALOG", "BadCursor", "BadFilter", "BadGroups", "BadOrder", "BadPage", "Catalog", "Column", "Everything", "FieldForbidden", "Listing",
    "Noun", "Page", "Relation", "Row", "Sees", "catalog", "check", "matching_ids", "pages", "rows_by", "totals",
]  # fmt: skip
