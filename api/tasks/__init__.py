"""Tasks over GraphQL: what changes them."""
