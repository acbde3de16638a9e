"""The job plane: PostgreSQL remembers what is to be done, a bell says that something is."""

from leadwell.work.bell import Bell, RecordingBell, SilentBell
from leadwell.work.claim import claim, heartbeat, held, rescue
from leadwell.work.jobs import BULK, PROMPT, QUEUES, Dead, Job, Kind, NewJob, Retry
from leadwell.work.list import depths, listed
from leadwell.work.put import put
from leadwell.work.settle import bury, cancel, finish, hold, postpone, release, replay, retry

__all__ = [
    "BULK", "PROMPT", "QUEUES", "Bell", "Dead", "Job", "Kind", "NewJob", "RecordingBell", "Retry", "SilentBell",
    "bury", "cancel", "claim", "depths", "finish", "heartbeat", "held", "hold", "listed", "postpone", "put", "release", "replay", "rescue", "retry",
]
