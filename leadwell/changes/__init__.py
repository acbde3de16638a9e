"""Changes of many records at once: chosen by a filter, previewed, done in batches, taken back; and the views that filters are saved in."""

from leadwell.changes.asking import MOST, Wanted, ask, ask_revert, cancel
from leadwell.changes.performing import perform
from leadwell.changes.previewing import Preview, preview
from leadwell.changes.reverting import revert
from leadwell.changes.rows import Line, lines
from leadwell.changes.transferring import STILL, preview_transfer, transfer_ownership

__all__ = ["MOST", "STILL", "Line", "Preview", "Wanted", "ask", "ask_revert", "cancel", "lines", "perform", "preview", "preview_transfer", "revert",
           "transfer_ownership"]
