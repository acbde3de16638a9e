"""What learning from closed leads refuses, in the words the user reads."""

from leadwell.base.refusals import Refusal


class PredictExtraMissing(Refusal):
    """Learning from closed leads needs scikit-learn, which is not installed where the worker runs."""

    fix = "Install Leadwell with its extra: pip install -c constraints.txt -e '.[predict]', and restart the worker."
    status = 503


class TooFewOutcomes(Refusal):
    """There are {leads} closed leads, {converted} of them converted: it takes {floor_leads} leads, and {floor_each} of either outcome, to learn anything."""

    fix = "Wait until more leads are converted or junked, or let older ones count by a longer time."


class OneOutcome(Refusal):
    """All {leads} closed leads ended the same way, so there is nothing to tell apart."""

    fix = "Junk what will not become anything, with a reason; then there is something to learn."


class OneOutcomeLately(Refusal):
    """The {leads} leads that closed last all ended the same way, so what was learnt could not be tried out."""

    fix = "Wait until leads of both outcomes have closed."


class NothingToLearn(Refusal):
    """No feature may be learnt from: {out}."""

    fix = "Keep features by name that are known before a lead closes, or fill more fields."


class UnknownFeature(Refusal):
    """There is no feature called "{name}"."""

    fix = "Take names from the card of an earlier training, such as lead.interest or custom.Lead.KEY."


class NotTrained(Refusal):
    """This predictor is {state} and cannot be put into use."""

    fix = "Put one into use that is READY or RETIRED."
    status = 409
