"""A child process of `leadwell up`, `child api|worker HANDOVER [SOCKET]`: it parses no command line, whose library takes 50 ms to import."""

import sys

from leadwell.cli import telling


def run() -> None:
    """The descriptors are those of the channel to `up` and of the listening socket."""
    from leadwell.cli import serving

    name, handover, *sockets = sys.argv[1:]
    if name == "worker":
        serving.serve_worker(handover=int(handover))
        return
    import uvloop

    uvloop.run(serving.serve_api(socket_fd=int(sockets[0]), handover=int(handover)))


if __name__ == "__main__":
    telling(run, trace=True)
