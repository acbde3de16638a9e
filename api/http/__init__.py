"""Doors that are not GraphQL, a module each with its routes."""
