"""Notifications: what a user should see, kept until they have read it."""

from leadwell.notifications.notifications import MOST, Notification, mark_read, of_user, tell_owners, unread

__all__ = ["MOST", "Notification", "mark_read", "of_user", "tell_owners", "unread"]
