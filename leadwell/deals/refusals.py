"""What the verbs of deals refuse."""

from leadwell.base.refusals import Refusal


class LossReasonRequired(Refusal):
    """Say why the deal was lost."""

    fix = "Give a reason of at least one word."


class StageOfAnotherPipeline(Refusal):
    """The stage "{stage}" belongs to another pipeline."""

    fix = "Choose a stage of the deal's own pipeline."


class NoOpenStage(Refusal):
    """The pipeline has no open stage, so no deal can start in it."""

    fix = "Add an open stage to the pipeline."


class BadDealField(Refusal):
    """{name} cannot be "{value}": {why}."""
