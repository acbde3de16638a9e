"""The command line: one file per verb, nothing heavy imported before a verb runs."""

import os
import sys
from collections.abc import Callable


def main() -> None:
    """The console script."""
    from leadwell.cli.verbs import app

    telling(app, as_json="--json" in sys.argv)


def telling(run: Callable[[], object], *, as_json: bool = False, trace: bool = False) -> None:
    """Runs a verb and turns what went wrong into a sentence and an exit code."""
    try:
        run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(1)
    except BrokenPipeError:  # whoever read the output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:
        from leadwell.cli.faults import explain

        sys.exit(explain(fault, as_json=as_json, trace=trace))
