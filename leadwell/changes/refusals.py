"""What changes of many records, and saved views, refuse."""

from leadwell.base.refusals import Refusal


class UnknownChange(Refusal):
    """{noun} records cannot be changed by {action}."""

    fix = "The guide to bulk changes lists which actions each kind of record has."


class CountMoved(Refusal):
    """{expected} records were expected, {count} match now."""

    fix = "Look at the preview again and send its count."
    status = 409


class NothingChosen(Refusal):
    """Nothing says which records are meant."""

    fix = "Give a filter in `where`, or `ids`."


class TooManyToChange(Refusal):
    """{count} records are more than one change may have, which is {most}."""

    fix = "Narrow the filter and make several changes of it."


class MissingOption(Refusal):
    """{action} needs `{name}`."""

    fix = "The description of the input says what each action needs."


class BadSet(Refusal):
    """{name} of {noun} cannot be set to {value}: {why}."""

    fix = "The guide to bulk changes lists the fields that can be set."


class ChangeEnded(Refusal):
    """The change set cannot be {done}: it is {state}."""

    fix = "Only one that is running can be canceled; only one that has come to its end can be reverted."
    status = 409


class NoLongerMatches(Refusal):
    """When its turn came the record was gone, out of sight, or no longer what the filter asks for."""

    fix = "Ask again with a new filter, if it is still meant."


class RecordSealed(Refusal):
    """The record is sealed: a converted or merged lead does not change."""

    fix = "Change the contact or deal that came of it."


class NotEnrolled(Refusal):
    """The person did not enter the sequence: {why}."""

    fix = "The guide to sequences says what each of these reasons means."


class RecordBroken(Refusal):
    """The database refused the record: {why}."""

    fix = "Change this record by hand; its own answer says more."


class UnknownView(Refusal):
    """Views are of {known}, not of "{noun}"."""

    fix = "Name one of them."


class ViewExists(Refusal):
    """You have a view called "{name}" of these records already."""

    fix = "Choose another name, or change that view."
    status = 409


class BadView(Refusal):
    """The view cannot be saved: {why}."""

    fix = "Give it a name, and columns that its records have."


class ViewNotYours(Refusal):
    """The view belongs to somebody else."""

    fix = "Make one of your own from it."
    status = 403


class TooManyInBatch(Refusal):
    """{count} leads are more than {most}."""

    fix = "Send them in several requests, or import them."
