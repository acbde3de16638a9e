"""Leads over GraphQL: what changes them."""
