"""Notifications: what a user should see, kept until they have read it."""

from leadwell.notifications.notifications import MOST, Notification, Telling, mark_read, of_user, tell, tell_owners, unread

__all__ = ["MOST", "Notification", "Telling", "mark_read", "of_user", "tell", "tell_owners", "unread"]
