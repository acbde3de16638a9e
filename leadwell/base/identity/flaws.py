"""Why a value could not be read: a code for machines and a sentence for the person who typed it."""

from leadwell.base.fixed import fixed


@fixed
class Flaw:
    """What every parser of this package answers instead of raising; `reason` says what is wrong and what to do."""

    code: str
    reason: str


BLANK = Flaw("BLANK", "There is no value.")
