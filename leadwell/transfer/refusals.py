"""What an import refuses, each with the place and what to do."""

from leadwell.base.refusals import Refusal


class FileUnreadable(Refusal):
    """{name} cannot be read: {reason}."""

    fix = "Check the path, and that you may read the file; a damaged one has to be made again."


class NotText(Refusal):
    """{name} is {kind}, not a CSV file."""

    fix = "Open it in the program it came from and save it as CSV (UTF-8)."


class EmptyFile(Refusal):
    """{name} has no rows."""

    fix = "The first line names the columns, each line after it is one record; save the file again from where it came."


class WrongEncoding(Refusal):
    """{name} is not {encoding}: {reason}."""

    fix = "Leave --encoding out to have it detected, or give the one it was saved with, such as utf-8, utf-16 or windows-1252."


class LineTooLong(Refusal):
    """Line {line} is longer than {limit} characters."""

    fix = "Check that the file is a CSV file with line ends."


class QuoteNeverClosed(Refusal):
    """The cell that begins near line {line} does not end: its quote is never closed."""

    fix = 'Close the quote, or double it inside the cell (""). Rows before it are imported; run the same command again afterwards.'


class TooManyColumns(Refusal):
    """Line {line} has {count} columns; {limit} are allowed."""

    fix = "Check the delimiter; give it with --delimiter."


class NoHeader(Refusal):
    """The first line does not name columns: it begins with {cells}."""

    fix = "Put a line with the names of the columns first."


class MissingColumns(Refusal):
    """The file has no column {missing}. It has: {columns}."""


class UnknownField(Refusal):
    """"{name}" is not a field of {noun}."""


class NothingIdentifies(Refusal):
    """No column says which {noun} these are. The file has: {columns}."""

    fix = 'Name at least one, for example --map "E-mail=email" or --map "Surname=lastName".'


class FileTooLarge(Refusal):
    """{name} grows from {packed} to more than {unpacked} bytes: no list of people does."""

    fix = "Unpack it and look at what is in it."


class BadJsonLines(Refusal):
    """{name} is JSON, but not one object a line: line {line} {why}."""

    fix = "Write one JSON object a line (JSONL): {{\"name\": \"Ana\", \"email\": \"ana@acme.com\"}}."


class UnknownNoun(Refusal):
    """Files of "{noun}" cannot be imported."""

    fix = "Use Lead, Contact, Company, Deal or Activity."


class BadFormat(Refusal):
    """"{format}" is not a format of exports."""

    fix = "Use CSV or JSONL."


class ExportUnfinished(Refusal):
    """This export is {state}."""

    fix = "Link to an export that is DONE; cancel one that is not."
    status = 409


class BadMode(Refusal):
    """"{mode}" is not a way to import."""

    fix = "Use CREATE, FILL_EMPTY or OVERWRITE."


class NothingToOverwrite(Refusal):
    """OVERWRITE needs the fields that may be overwritten."""

    fix = "List them; every other field is only filled where it is empty."


class FieldNotOverwritten(Refusal):
    """The field {name} cannot be overwritten by an import."""

    fix = "Leave it out of the list."


class UnknownEffect(Refusal):
    """"{effect}" is not an effect of imports."""

    fix = "Use WEBHOOKS, NOTIFICATIONS, SEQUENCES, HAND_RAISES, ASSIGNMENT or RESPONSE."


class ImportStarted(Refusal):
    """This import is {state}."""

    fix = "Start an import that is READY, FAILED or CANCELED; cancel one that is RUNNING; revert one that has ended."
    status = 409


class ImportForbidden(Refusal):
    """Whoever started this import has left, or may not make it any more."""

    fix = "Somebody who may make it starts it again; it goes on behind the last row that is in."
    status = 403


class RevertForbidden(Refusal):
    """Whoever had this import taken back has left, or may not do that any more."""

    fix = "Somebody who may takes it back again; it goes on with what is left."
    status = 403


class ImportHalted(Refusal):
    """Somebody stopped this import: it is {state}."""

    fix = "What is in stays in; start it again to go on, or revert it."
    status = 409


class NoSuchUpload(Refusal):
    """There is no such upload, or it is not complete."""

    fix = "Send the file to PUT /uploads and use the token it answers."


class ImportElsewhere(Refusal):
    """This file is being imported by another process, which has come to row {row}."""

    fix = "Wait until it has finished."
    retryable = True
    status = 409


class UnknownCountry(Refusal):
    """"{value}" is not a country."""

    fix = "Give an ISO 3166-1 alpha-2 code such as US, or the country's name."


class BadIntent(Refusal):
    """"{intent}" is not an intent."""

    fix = "Use HAND_RAISE, CONTENT, EVENT or SUBSCRIBE."
