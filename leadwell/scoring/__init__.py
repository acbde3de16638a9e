"""Scores: fit and engagement by published rules, exact, explained, written only where they changed."""

from leadwell.scoring.defaults import defaults
from leadwell.scoring.evaluate import Contribution
from leadwell.scoring.explaining import Explanation, Shown, explain
from leadwell.scoring.publishing import create_model, draft, publish
from leadwell.scoring.rescoring import Change, due, is_live, rescore, rescore_after
from leadwell.scoring.rules import Rules, parse

__all__ = [
    "Change", "Contribution", "Explanation", "Rules", "Shown",
    "create_model", "defaults", "draft", "due", "explain", "is_live", "parse", "publish", "rescore", "rescore_after",
]
