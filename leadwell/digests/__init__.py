"""Digests: what a user has not seen yet, by mail, once a day at their hour, and nothing when there is nothing."""

from leadwell.digests.letter import letter
from leadwell.digests.planning import BadHour, Digest, plan, read_digest, settled, shown, stop, wish

__all__ = ["BadHour", "Digest", "letter", "plan", "read_digest", "settled", "shown", "stop", "wish"]
