"""Meetings over GraphQL: what schedules them and says what became of them."""
