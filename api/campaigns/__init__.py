"""Campaigns over GraphQL."""
