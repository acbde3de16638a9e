"""Provenance per field, kept in `leadwell.base` because the rooms below this one record it too."""

from leadwell.base.provenance import Origin, Source, record, record_all

__all__ = ["Origin", "Source", "record", "record_all"]
