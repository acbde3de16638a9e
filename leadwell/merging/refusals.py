"""What merging refuses."""

from leadwell.base.refusals import Refusal

MOST = 50


class NothingToMerge(Refusal):
    """A merge needs at least two different records."""

    fix = "Name the one that survives, and at least one other."


class MergeIntoItself(Refusal):
    """A record cannot be merged into itself."""

    fix = "Leave the survivor out of those that go."


class TooManyToMerge(Refusal):
    """{count} records are too many to merge at once."""

    fix = "Merge at most 50 into one at a time; the survivor stays the same."


class StalePlan(Refusal):
    """What this merge would do has changed since you looked."""

    fix = "Preview it again and send the new planHash."
    status = 409


class BadMergeField(Refusal):
    """"{name}" cannot be decided for this merge: {why}."""

    fix = "previewMerge lists the fields that can be decided, and the values to choose from."


class HiddenCompany(Refusal):
    """The account of a private person is not merged by itself."""

    fix = "Merge the people; their accounts follow."


class AlreadyUnmerged(Refusal):
    """This merge was taken back already."""

    fix = "Nothing is left to do; the records are apart again."
    status = 409


class MergeBlanked(Refusal):
    """What this merge would give back was erased with a person it concerned."""

    fix = "Nothing brings it back; make new records for whoever must be told apart."
    status = 409


class MergedFurther(Refusal):
    """What came out of this merge was merged again since, so it cannot be taken back first."""

    fix = "Take the later merge back first."
    status = 409
