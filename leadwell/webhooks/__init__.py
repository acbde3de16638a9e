"""Tells other systems what happened: endpoints, one delivery row per event and endpoint, a log, replay."""

from leadwell.webhooks.delivery import Answer, Post, attempt, load, replay, verdict
from leadwell.webhooks.endpoints import Endpoint, create, disable, enable, matches, rotate_secret
from leadwell.webhooks.fan_out import fan_out

__all__ = ["Answer", "Endpoint", "Post", "attempt", "create", "disable", "enable", "fan_out", "load", "matches", "replay", "rotate_secret", "verdict"]
