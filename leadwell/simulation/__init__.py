"""Simulation: sequences rehearsed on a copy of an audience, by a clock of their own, with the interpreter and the gate that run them."""

from leadwell.simulation.charts import picture
from leadwell.simulation.dry import DryStep, dry_run
from leadwell.simulation.playing import Stopped, Told
from leadwell.simulation.rehearsing import Part, Watching, rehearsal
from leadwell.simulation.verbs import JOB, NothingToRehearse, SimulationOver, ask, cancel, part, perform
from leadwell.simulation.wish import BadSimulation, Rates, Wish, checked, read

__all__ = [
    "JOB",
    "BadSimulation",
    "DryStep",
    "NothingToRehearse",
    "Part",
    "Rates",
    "SimulationOver",
    "Stopped",
    "Told",
    "Watching",
    "Wish",
    "ask",
    "cancel",
    "checked",
    "dry_run",
    "part",
    "perform",
    "picture",
    "read",
    "rehearsal",
]
