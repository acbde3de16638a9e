"""Senders and inboxes: the addresses mail leaves from, and where what comes back arrives."""
