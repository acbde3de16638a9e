"""Transfer: files in and out."""

from leadwell.transfer.exports import write as write_export
from leadwell.transfer.imports import ImportResult, import_file
from leadwell.transfer.ledger import RESCUE
from leadwell.transfer.options import ImportOptions
from leadwell.transfer.performing import perform, rehearse
from leadwell.transfer.resuming import resume
from leadwell.transfer.reverting import ask as ask_revert
from leadwell.transfer.reverting import revert
from leadwell.transfer.staging import forget

__all__ = ["RESCUE", "ImportOptions", "ImportResult", "ask_revert", "forget", "import_file", "perform", "rehearse", "resume", "revert", "write_export"]
