"""Providers of enrichment and their policy over GraphQL."""
