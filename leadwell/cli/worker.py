"""`leadwell worker`: one process that does the work waiting in the tables."""

from leadwell.cli.child import instead
from leadwell.cli.options import DataDir


def worker(data_dir: DataDir = None) -> None:
    """Enrich, score, nurture, deliver: run as many of these as you like.

    Example: leadwell worker
    """
    instead("worker", data_dir=data_dir and data_dir.absolute())
