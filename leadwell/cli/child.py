"""A serving process that knows no command line, whose library takes 50 ms and 8 MB: `child api|worker HANDOVER [SOCKET]` of `leadwell up`,
and `child api|worker {"host": …}` in the place of `leadwell api` or `leadwell worker`."""

import json
import os
import sys
from typing import Any, NoReturn

from leadwell.cli import telling


def instead(name: str, **options: Any) -> NoReturn:
    """This process goes on as `name` that serves with `options`, which are told as JSON."""
    words = ["-P", "-m", "leadwell.cli.child", name, json.dumps(options, default=str)]
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - no shell is wanted


def run() -> None:
    """The descriptors are those of the channel to `up` and of the listening socket."""
    name, given, *sockets = sys.argv[1:]
    if given.startswith("{"):
        _serve(name, **json.loads(given))
    else:
        _serve(name, handover=int(given), **({"socket_fd": int(sockets[0])} if sockets else {}))


def _serve(name: str, **options: Any) -> None:
    from leadwell.cli import serving

    if name == "worker":
        serving.serve_worker(**options)
        return
    import uvloop

    uvloop.run(serving.serve_api(**options))


if __name__ == "__main__":
    telling(run, trace=not sys.argv[2].startswith("{"))
