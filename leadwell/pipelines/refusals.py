"""What editing the steps of a pipeline refuses."""

from leadwell.base.refusals import Refusal


class NotAStepOfThePipeline(Refusal):
    """{what} is no open step of this pipeline."""

    fix = "Name steps of the same pipeline that are open and not archived."


class TooManyToMove(Refusal):
    """{count} {what} stand in this step; up to {most} are moved along."""

    fix = "Move most of them first, by list."
