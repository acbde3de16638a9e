"""Enrichment over GraphQL: suggestions, runs, dry runs, providers and the policy."""
