"""Ready sequences: written down as data with their templates, put into a workspace as drafts to change, rehearse and publish."""

from leadwell.ready.installing import READY, Installed, copy, install, read

__all__ = ["READY", "Installed", "copy", "install", "read"]
