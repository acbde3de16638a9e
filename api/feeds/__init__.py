"""Feeds over GraphQL: doors for other systems."""
