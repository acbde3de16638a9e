"""Privacy: what a person may ask of whoever keeps data about them, and how long data is kept that nobody needs."""

from leadwell.privacy import access, erasing, retention
from leadwell.privacy.erasing import StillMoving, ask, follow, perform
from leadwell.privacy.previewing import Preview, Stays, preview
from leadwell.privacy.refusals import AlreadyErased, BadRetention, ExportNotReady

__all__ = [
    "AlreadyErased", "BadRetention", "ExportNotReady", "Preview", "Stays", "StillMoving", "access", "ask", "erasing", "follow", "perform", "preview",
    "retention",
]  # fmt: skip
