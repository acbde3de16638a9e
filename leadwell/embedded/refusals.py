"""What can be wrong with a data directory or with the servers run from it, said so that it can be put right."""

from leadwell.base.refusals import Refusal


class DataDirectoryForeign(Refusal):
    """The data directory {path} belongs to {owner}, and this process runs as {me}."""


class DataDirectoryUnusable(Refusal):
    """The data directory {path} cannot be used: {reason}."""


class DataDirectoryInUse(Refusal):
    """Leadwell already runs from the data directory {path} (process {pid})."""


class DataDirectoryOtherVersion(Refusal):
    """The data directory {path} was written by PostgreSQL {found}, and the installed server is {installed}."""


class ServersMissing(Refusal):
    """The embedded {server} is not installed."""


class ServerFailed(Refusal):
    """The embedded {server} did not start: {reason}"""
