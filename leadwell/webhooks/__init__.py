"""Tells other systems what happened: endpoints, one delivery row per event and endpoint, a log, replay."""

from leadwell.webhooks.bodies import BARE, overheard
from leadwell.webhooks.delivery import Answer, Post, turn, verdict
from leadwell.webhooks.documents import Document, Reading, Unfit
from leadwell.webhooks.endpoints import SAMPLE, Endpoint, archive, create, disable, enable, matches, rotate_secret, shape, shaped, update
from leadwell.webhooks.fan_out import fan_out
from leadwell.webhooks.health import Health
from leadwell.webhooks.keeping import forget
from leadwell.webhooks.listing import Listed, listed
from leadwell.webhooks.refusals import BadWebhookDocument
from leadwell.webhooks.replaying import replay, replay_where
from leadwell.webhooks.samples import trigger
from leadwell.webhooks.waking import tend, wake

__all__ = [
    "BARE", "SAMPLE", "Answer", "BadWebhookDocument", "Document", "Endpoint", "Health", "Listed", "Post", "Reading", "Unfit", "archive", "create", "disable",
    "enable", "fan_out", "forget", "listed", "matches", "overheard", "replay", "replay_where", "rotate_secret", "shape", "shaped", "tend", "trigger", "turn",
    "update", "verdict", "wake",
]  # fmt: skip
