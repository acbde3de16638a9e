"""Judges of the GraphQL doors that others wrote, against a real server."""
