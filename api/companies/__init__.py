"""Companies over GraphQL: what changes them."""
