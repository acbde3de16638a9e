"""Roles and who has them, over GraphQL."""
