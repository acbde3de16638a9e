"""Sandboxes: workspaces whose clock is moved by hand, and whose work reaches nobody outside."""

from leadwell.sandbox.advancing import (
    JOB,
    Advance,
    ClockGoesForward,
    ClockMoving,
    NoSandbox,
    TooFar,
    Turn,
    ask,
    at_rest,
    cancel,
    finish,
    next_due,
    standing,
    step,
)
from leadwell.sandbox.making import BadSandboxName, Sandbox, SandboxWithin, TooManySandboxes, all_of, create, remove

__all__ = [
    "JOB",
    "Advance",
    "BadSandboxName",
    "ClockGoesForward",
    "ClockMoving",
    "NoSandbox",
    "Sandbox",
    "SandboxWithin",
    "TooFar",
    "TooManySandboxes",
    "Turn",
    "all_of",
    "ask",
    "at_rest",
    "cancel",
    "create",
    "finish",
    "next_due",
    "remove",
    "standing",
    "step",
]
