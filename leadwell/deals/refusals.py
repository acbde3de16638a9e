"""What the verbs of deals refuse."""

from leadwell.base.refusals import Refusal


class LossReasonRequired(Refusal):
    """Say why the deal was lost."""

    fix = "Give the code of a reason, or a reason of at least one word."


class UnknownCloseReason(Refusal):
    """"{code}" is no reason for which deals are {state} in this workspace."""

    def __init__(self, *, code: str, state: str, known: list[str]) -> None:
        listed = f"Use one of: {', '.join(known)}." if known else "Make it first, with createCloseReason."
        super().__init__(field="reason_code", fix=listed, code=code, state=state, known=known)


class StageOfAnotherPipeline(Refusal):
    """The stage "{stage}" belongs to another pipeline."""

    fix = "Choose a stage of the deal's own pipeline."


class StageTransitionRefused(Refusal):
    """A deal cannot go from {before} to {after}: the pipeline does not allow it."""

    fix = "Go by the stages that may follow, or change what may follow."


class NoOpenStage(Refusal):
    """The pipeline has no {type} stage."""

    fix = "Add one to the pipeline."


class DealNotClosed(Refusal):
    """Only a deal that was won or lost can be opened again; this one is open."""

    fix = "Move it to another stage instead."
    status = 409


class PrimaryContact(Refusal):
    """The main contact of a deal cannot be taken off while others take part."""

    fix = "Make another contact the main one first."


class BadDealField(Refusal):
    """{name} cannot be "{value}": {why}."""
