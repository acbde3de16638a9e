"""Chances of conversion, learnt from the workspace's own closed leads, tried on leads not seen, explained part by part."""

from leadwell.prediction.refusals import OneOutcome
from leadwell.prediction.telling import Chance, chance_of
from leadwell.prediction.verbs import Wish, adopt, ask, learn, predict, predict_after, settle

__all__ = ["Chance", "OneOutcome", "Wish", "adopt", "ask", "chance_of", "learn", "predict", "predict_after", "settle"]
