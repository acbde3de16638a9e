"""Scores: fit and engagement by published rules, exact, explained, written only where they changed."""

from leadwell.scoring.companies import follow_companies, score_companies, score_companies_after, wake_companies
from leadwell.scoring.defaults import defaults
from leadwell.scoring.evaluate import Contribution
from leadwell.scoring.explaining import Explanation, Shown, explain
from leadwell.scoring.explaining_companies import CompanyExplanation, explain_company
from leadwell.scoring.publishing import create_model, draft, follow_field, publish
from leadwell.scoring.readings import Reading
from leadwell.scoring.rereading import follow_clicks, reread
from leadwell.scoring.rescoring import Change, due, is_live, parts, rescore, rescore_after
from leadwell.scoring.rules import Rules, Subject, parse
from leadwell.scoring.simulating import Migration, Mover, Outcome, Reason, Simulation, Wish, simulate
from leadwell.scoring.standing import Standing, make_default, show_after, standings

__all__ = [
    "Change", "CompanyExplanation", "Contribution", "Explanation", "Migration", "Mover", "Outcome", "Reading", "Reason", "Rules", "Shown",
    "Simulation", "Standing", "Subject", "Wish", "create_model", "defaults", "draft", "due", "explain", "explain_company", "follow_clicks",
    "follow_companies", "follow_field", "is_live", "make_default", "parse", "parts", "publish", "reread", "rescore", "rescore_after", "score_companies",
    "score_companies_after", "show_after", "simulate", "standings", "wake_companies",
]
