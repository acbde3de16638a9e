"""Automation: when something happens with a record that matches, do this; with versions, a guard against loops, and what each run did."""

from leadwell.automation.editing import checked, create, draft, pause, publish, resume
from leadwell.automation.firing import Preview, hear, preview, reach, run

__all__ = ["Preview", "checked", "create", "draft", "hear", "pause", "preview", "publish", "reach", "resume", "run"]
