"""Campaigns: marketing efforts, what they cost, and the people in them."""

from leadwell.campaigns.editing import BadCampaign, NewCampaign, archive, create, unarchive, update
from leadwell.campaigns.members import MOST, TooManyMembers, UnknownMemberStatus, add, move, remove

__all__ = [
    "MOST", "BadCampaign", "NewCampaign", "TooManyMembers", "UnknownMemberStatus", "add", "archive", "create", "move", "remove", "unarchive", "update",
]
