"""Transfer: files in and out."""

from leadwell.transfer.imports import ImportResult, import_file
from leadwell.transfer.ledger import RESCUE
from leadwell.transfer.options import ImportOptions
from leadwell.transfer.resuming import resume
from leadwell.transfer.staging import forget

__all__ = ["RESCUE", "ImportOptions", "ImportResult", "forget", "import_file", "resume"]
