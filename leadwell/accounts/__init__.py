"""What people are written to get in: invitations, and links for a new password."""

from leadwell.accounts.accepting import Invited, accept, accept_by, invited
from leadwell.accounts.invitations import DAYS, InvitationRecord, Invitee, invite, listed, resend, revoke
from leadwell.accounts.refusals import AlreadyHere, InvitationOver, InvitedJustNow, KnownOtherwise, NoAddress, ResetOver, TooManyInvitations
from leadwell.accounts.resets import ask_reset, reset, reset_is_open

__all__ = [
    "DAYS", "AlreadyHere", "InvitationOver", "InvitationRecord", "Invited", "InvitedJustNow", "Invitee", "KnownOtherwise", "NoAddress", "ResetOver",
    "TooManyInvitations", "accept", "accept_by", "ask_reset", "invite", "invited", "listed", "resend", "reset", "reset_is_open", "revoke",
]  # fmt: skip
