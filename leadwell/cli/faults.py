"""How a fault is said on the command line, and with which exit code."""

import json
import os
import sys
import traceback
from typing import Any

from leadwell.base.refusals import Refusal, Unavailable

FAILED, USAGE, UNREACHABLE, REFUSED = 1, 2, 3, 4
CLIENTS = ("asyncpg", "redis", "arq")


class Unreachable(Unavailable):
    """{what} cannot be reached: {reason}"""

    fix = "Run `leadwell doctor`; it names what is down and how to bring it up."


class LoginRefused(Refusal):
    """PostgreSQL does not let this login in: {reason}."""

    fix = "Correct the address in DATABASE_URL (for migrations LEADWELL_OWNER_DATABASE_URL); `leadwell config` shows where it comes from."


class DatabaseMissing(Refusal):
    """PostgreSQL answers, but {reason}."""

    fix = "Correct the name in DATABASE_URL, or let `leadwell migrate` make the database: LEADWELL_ADMIN_DATABASE_URL names who may."


SAID: dict[str, type[Refusal]] = {"28000": LoginRefused, "28P01": LoginRefused, "3D000": DatabaseMissing}  # by PostgreSQL's SQLSTATE


class NotBuilt(Refusal):
    """This installation lacks the part {part} ({reason})."""

    fix = "Install Leadwell again from a complete checkout."


def explain(fault: Exception, *, as_json: bool, trace: bool = False) -> int:
    """Prints code, message and fix, and returns the exit code."""
    refusal = as_refusal(fault)
    if refusal is None and (trace or os.environ.get("LEADWELL_LOG_LEVEL", "").lower() == "debug"):
        traceback.print_exception(fault)
    said: dict[str, Any] = (
        refusal.as_dict()
        if refusal
        else {
            "code": "FAULT",
            "message": f"{type(fault).__name__}: {fault}",
            "fix": "Run it again with LEADWELL_LOG_LEVEL=debug.",
        }
    )
    if as_json:
        print(json.dumps({"error": said}, default=str), file=sys.stderr)
    else:
        print(f"{said['code']}: {said['message']}", file=sys.stderr)
        if said.get("fix"):
            print(f"fix: {said['fix']}", file=sys.stderr)
    if refusal is None:
        return FAILED
    return UNREACHABLE if isinstance(refusal, Unavailable) else REFUSED


def as_refusal(fault: Exception) -> Refusal | None:
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, ImportError) and (fault.name or "").split(".")[0] in ("leadwell", "api", "workers"):
        return NotBuilt(part=fault.name, reason=fault.msg)
    if said := SAID.get(getattr(fault, "sqlstate", None) or ""):
        return said(reason=str(fault))
    if isinstance(fault, OSError) and _met_in_a_client(fault):
        return Unreachable(what="A server this needs", reason=str(fault) or type(fault).__name__)
    return None


def _met_in_a_client(fault: OSError) -> bool:
    """Whether it came out of a connection: a socket that is not there looks like any missing file."""
    if isinstance(fault, ConnectionError | TimeoutError):
        return True
    trace = fault.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).split(".")[0] in CLIENTS:
            return True
        trace = trace.tb_next
    return False
