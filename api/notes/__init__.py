"""Notes over GraphQL: what writes, revises and pins them."""
