"""Transfer: files in and out."""

from leadwell.transfer.imports import ImportResult, import_file
from leadwell.transfer.options import ImportOptions

__all__ = ["ImportOptions", "ImportResult", "import_file"]
